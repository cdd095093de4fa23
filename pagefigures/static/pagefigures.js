/* Make figures answer. Python has written them as HTML; this script takes the controls into its
   hands. The same text is the module of an anywidget in Jupyter and a classic script on a page. */
const pagefigures = (() => {
  "use strict";
  const REST = 700; // milliseconds without a change before the sentence is read out
  const HUGE = 1e15; // from here on digits say nothing: a number is a power of ten
  const STEPS = 400; // places of a continuous slider
  const still = globalThis.matchMedia?.("(prefers-reduced-motion: reduce)") ?? {};

  /* Numbers in words, as `written` of controls.py writes them. */

  const trimmed = (digits) => (digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits);
  const raised = (power) => String(power).replace(/./g, (one) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(one)]);

  function written(value, spec) {
    if (typeof value !== "number") return String(value);
    if (!Number.isFinite(value)) return Number.isNaN(value) ? "no number" : value < 0 ? "−∞" : "∞";
    const [, plus, digits, kind] = /^(\+?)(?:\.(\d+))?([dfg%]?)$/.exec(spec);
    const size = Math.abs(value), n = digits === undefined ? 6 : Number(digits);
    if (/[df%]/.test(kind) && size >= HUGE)
      return kind === "%" ? written(100 * value, `${plus}.3g`) + "\u00a0%" : written(value, `${plus}.3g`);
    let words;
    if (kind === "d") words = size.toFixed(0);
    else if (kind === "f") words = size.toFixed(n);
    else if (kind === "%") words = (100 * size).toFixed(n) + "\u00a0%";
    else {
      const [part, power] = size.toExponential(Math.max(n, 1) - 1).split("e").map(Number);
      if (size === 0) words = "0";
      else if (power < -4 || power > 6) words = `${part === 1 ? "" : part + "\u00a0·\u00a0"}10${raised(power)}`;
      else words = power < n ? trimmed(size.toPrecision(Math.max(n, 1))) : Number(size.toPrecision(Math.max(n, 1))).toFixed(0);
    }
    const zero = !/[1-9]|∞|10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]/.test(words);
    return (value < 0 && !zero ? "−" : plus && !zero ? "+" : "") + words;
  }
  const fill = (parts, out) => parts.map((part) => (Array.isArray(part) ? written(out[part[0]], part[1]) : part)).join("");

  /* Places in the picture: an axis is [origin, scale, whether it is logarithmic, and what the
     logarithm of 0 is then taken for]. */

  const far = (x) => Math.round(Math.min(Math.max(x, -1e5), 1e5));
  const place = ([at, scale, log, bottom], value) =>
    at + scale * (log ? (value > 0 ? Math.log10(value) : (value <= 0 && bottom) || NaN) : value);
  const value = ([at, scale, log], where) => (log ? 10 ** ((where - at) / scale) : (where - at) / scale);
  const within = (low, high, x) => Math.min(Math.max(x, low), high);

  const inside = ([one, two], [left, right, top, bottom]) => one >= left && one <= right && two >= top && two <= bottom;

  /* The part of a segment that is in a box, as [start, end], or nothing. However far an end is,
     the part is computed from the other one. */
  function cut(from, to, box) {
    let ends = [from, to];
    if (inside(from, box) && inside(to, box)) return ends;
    for (const k of [0, 1]) {
      const low = box[2 * k], high = box[2 * k + 1], [one, two] = [ends[0][k], ends[1][k]];
      if (Math.max(one, two) < low || Math.min(one, two) > high) return null;
      ends = ends.map((end, n) => {
        const here = within(low, high, end[k]), other = ends[1 - n];
        if (here === end[k]) return end;
        const beside = other[1 - k] + ((here - other[k]) / (end[k] - other[k])) * (end[1 - k] - other[1 - k]);
        return k ? [beside, here] : [here, beside];
      });
    }
    return ends;
  }
  const EDGE = 210; // so far outside the picture a line is cut, as matplotlib cuts it

  const movers = {
    line({x, y, dots}, group, svg) {
      const lines = group.querySelectorAll(".pf-line"), marks = group.querySelectorAll(".pf-dots");
      const {width, height} = svg.viewBox.baseVal, outside = 2 * Math.max(width, height);
      const box = [-EDGE, width + EDGE, -EDGE, height + EDGE], written = ([one, two]) => `${Math.round(one)} ${Math.round(two)}`;
      return ([xs, ys]) => {
        let way = "", before = null, drawn = null; // the point before, and the one where the pen is
        const places = [];
        for (let k = 0; k < xs.length; k++) {
          const one = place(x, xs[k]), two = place(y, ys[k]), most = Math.max(Math.abs(one), Math.abs(two));
          if (!(most < 1e300)) { before = null; continue; } // not a number, or none to reckon with
          const here = [one, two], words = most < outside ? written(here) : "";
          if (words) places.push(words);
          const ends = before && cut(before, here, box);
          if (ends) {
            if (drawn !== ends[0]) way += `M${written(ends[0])}`;
            way += `L${ends[1] === here ? words : written(ends[1])}`;
            drawn = ends[1];
          }
          before = here;
        }
        for (const line of lines) line.setAttribute("d", way);
        marks.forEach((mark, k) => {
          const [shape, apart] = dots[k], [start, end] = apart ? ['<path d="M', `${shape}"/>`] : ["M", shape];
          const all = places.length ? start + places.join(end + start) + end : "";
          if (apart) mark.innerHTML = all;
          else mark.setAttribute("d", all);
        });
      };
    },
    bars({x, y, left, bottom, width}, group) {
      const paths = group.querySelectorAll("path");
      return (heights) => paths.forEach((path, one) => { // a dashed edge has two
        const k = Math.floor((one * heights.length) / paths.length), top = place(y, bottom[k] + heights[k]);
        const start = far(place(x, left[k])), floor = far(place(y, bottom[k])), end = far(place(x, left[k] + width[k]));
        path.setAttribute("d", Number.isFinite(top) ? `M${start} ${floor}H${end}V${far(top)}H${start}z` : "");
      });
    },
    text({x, y, at}, group) {
      return (where) => {
        const to = [place(x, where[0]), place(y, where[1])], seen = to.every(Number.isFinite);
        group.setAttribute("visibility", seen ? "visible" : "hidden");
        if (seen) group.setAttribute("transform", `translate(${to.map((one, k) => far(one) - at[k]).join(" ")})`);
      };
    },
    shown(_, group) {
      return (yes) => group.setAttribute("visibility", yes ? "visible" : "hidden");
    },
  };

  /* Controls: each knows its value and how it is written in words and in an address. */

  function listed({values, words}, element, changed) {
    const bar = element.matches("input[type=range]"), box = element.matches("input[type=checkbox]");
    const radios = element.querySelectorAll("input"), output = element.parentElement.querySelector("output");
    return {
      get: () => bar ? Number(element.value) : box ? Number(element.checked) : element.options ? element.selectedIndex
        : [...radios].findIndex((one) => one.checked),
      set(index) {
        index = within(0, words.length - 1, Math.round(index) || 0);
        if (bar) element.value = index;
        else if (box) element.checked = Boolean(index);
        else if (element.options) element.selectedIndex = index;
        else radios[index].checked = true;
      },
      show(index) {
        if (!bar) return;
        output.textContent = words[index];
        element.setAttribute("aria-valuetext", words[index]);
      },
      means: (index) => (values ? values[index] : index),
      last: words.length - 1,
      element, changed,
    };
  }

  function number({low, high, log, digits, start}, element, changed) {
    const field = element.parentElement.querySelector(".pf-field"), says = element.parentElement.querySelector(".pf-wrong");
    const [from, to] = log ? [Math.log10(low), Math.log10(high)] : [low, high];
    let now = start;
    const accept = () => ((says.textContent = ""), field.removeAttribute("aria-invalid"));
    const rounded = (x) => Number(x.toPrecision(digits)), short = (x) => written(x, `.${digits}g`);
    const control = {
      get: () => now,
      set(x) {
        if (!Number.isFinite(x)) return;
        now = within(low, high, x);
        accept();
        element.value = Math.round((STEPS * ((log ? Math.log10(now) : now) - from)) / (to - from));
      },
      show() {
        const words = short(now);
        element.setAttribute("aria-valuetext", words);
        if (!says.textContent) field.value = words;
      },
      means: (x) => x,
    };
    element.addEventListener("input", () => {
      const part = from + ((to - from) * element.value) / STEPS;
      now = within(low, high, rounded(log ? 10 ** part : part));
      accept();
    });
    const typed = () => {
      const words = field.value.trim().replace(/\s/g, "").replace("−", "-").replace(",", ".").replace(/^(?:([\d.]+)·)?10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)$/,
        (_, part, power) => `${part || 1}e${power.replace(/./g, (one) => "-0123456789"["⁻⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(one)])}`)
        .replace(/^(?:([\d.]+)[·*])?10\^(-?\d+)$/, (_, part, power) => `${part || 1}e${power}`); // 10^-6
      const x = words === "" ? NaN : Number(words), ends = [low, high].map(short);
      const fits = (x >= low && x <= high) || ends.includes(short(x)); // an end is not written to the last digit
      says.textContent = fits ? "" : `${field.value.trim() || "nothing"} is ${Number.isNaN(x) ? "not a number" : "out of range"}: ${ends.join(" to ")}`;
      field.toggleAttribute("aria-invalid", !fits); // what is refused stays, with the reason, until it is mended
      if (!fits) return;
      if (short(x) !== short(now)) control.set(x);
      changed();
    };
    field.addEventListener("change", typed);
    field.addEventListener("keydown", (event) => event.key === "Enter" && (event.preventDefault(), typed()));
    return control;
  }

  const whereIn = (svg, {clientX, clientY}) => new DOMPoint(clientX, clientY).matrixTransform(svg.getScreenCTM().inverse());

  function dragged(handle, svg, grab, drag, drop) {
    const here = (event) => whereIn(svg, event);
    let held = false;
    // The svg scrolls the page under a finger, and touch-action within it is not heard everywhere.
    handle.addEventListener("touchstart", (event) => event.preventDefault(), {passive: false});
    handle.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      handle.setPointerCapture(event.pointerId);
      held = true;
      svg.classList.add("pf-held");
      grab(here(event), event);
    });
    handle.addEventListener("pointermove", (event) => {
      if (held) for (const one of event.getCoalescedEvents?.().slice(0, -1).concat(event) ?? [event]) drag(here(one));
    });
    for (const kind of ["pointerup", "pointercancel"])
      handle.addEventListener(kind, () => {
        if (held && drop) drop();
        held = false;
        svg.classList.remove("pf-held");
      });
  }
  const ARROWS = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1]};

  function keys(handle, move, other = {}) {
    handle.addEventListener("keydown", (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      const arrow = ARROWS[event.key], far = event.shiftKey ? 10 : 1;
      if (arrow) move(far * arrow[0], far * arrow[1]);
      else if (event.key in other) other[event.key]();
      else return;
      event.preventDefault();
    });
  }

  function point({x, y, room: [left, right, bottom, top], names, start, click}, handle, changed, svg) {
    let now = [...start], grip, drop;
    const control = {
      get: () => [...now],
      set([one, two]) {
        if (!Number.isFinite(one) || !Number.isFinite(two)) return;
        now = [within(left, right, one), within(bottom, top, two)];
      },
      show() {
        handle.setAttribute("transform", `translate(${far(place(x, now[0]))} ${far(place(y, now[1]))})`);
        handle.setAttribute("aria-valuenow", now[0].toFixed(2));
        handle.setAttribute("aria-valuetext", now.map((one, k) => `${names[k]} ${written(one, ".2f")}`).join(", "));
      },
      means: (at) => at,
      released: (then) => (drop = then),
    };
    const go = (one, two) => (control.set([one, two]), changed());
    dragged(handle, svg, (at) => {
      grip = [at.x - place(x, now[0]), at.y - place(y, now[1])];
      handle.focus({preventScroll: true});
    }, (at) => go(value(x, at.x - grip[0]), value(y, at.y - grip[1])), () => drop?.());
    keys(handle, (one, two) => go(now[0] + (one * (right - left)) / 100, now[1] + (two * (top - bottom)) / 100));
    if (click) svg.addEventListener("click", (event) => {
      const at = whereIn(svg, event), one = value(x, at.x), two = value(y, at.y);
      if (event.target.closest("[role=slider]") || one < left || one > right || two < bottom || two > top) return;
      go(one, two);
      drop?.();
    });
    return control;
  }

  function turn({x, y, centre, radius, low, high, step, start}, handle, changed, svg) {
    let now = start;
    const control = {
      get: () => now,
      set: (angle) => Number.isFinite(angle) && (now = within(low, high, angle)),
      show() {
        const at = [place(x, centre[0] + radius * Math.cos(now)), place(y, centre[1] + radius * Math.sin(now))];
        handle.setAttribute("transform", `translate(${at.map(far).join(" ")})`);
        const degrees = Math.round((now * 180) / Math.PI);
        handle.setAttribute("aria-valuenow", degrees);
        handle.setAttribute("aria-valuetext", `${written(degrees, "d")}°`);
      },
      means: (angle) => angle,
    };
    const go = (angle) => (control.set(angle), changed());
    dragged(handle, svg, () => handle.focus({preventScroll: true}), (at) => {
      let angle = Math.atan2(value(y, at.y) - centre[1], value(x, at.x) - centre[0]);
      const middle = (low + high) / 2;
      while (angle < middle - Math.PI) angle += 2 * Math.PI;
      while (angle > middle + Math.PI) angle -= 2 * Math.PI;
      go(step ? Math.round(angle / step) * step : angle);
    });
    keys(handle, (one, two) => go(now + (one + two) * (step || Math.PI / 180)), {Home: () => go(low), End: () => go(high)});
    return control;
  }

  function tape({name, x, y, left, width, low, high, step, start}, group, changed, svg) {
    const now = [...start], handles = [...group.querySelectorAll("[role=slider]")];
    const snapped = (height) => within(low, high, Math.round(height / step) * step);
    const control = {
      get: () => [...now],
      set: (heights) => (accept(), heights.forEach((one, k) => k < now.length && Number.isFinite(one) && (now[k] = within(low, high, one)))),
      show() {
        handles.forEach((handle, k) => {
          handle.setAttribute("aria-valuenow", now[k]);
          handle.setAttribute("aria-valuetext", written(now[k], ".4g"));
          handle.lastElementChild.setAttribute("transform", `translate(0 ${far(place(y, now[k]))})`);
        });
        if (!typed) return;
        const words = now.map((one) => written(one, ".4g")).join(", ");
        if (!says.textContent) typed.value = words;
        preset.value = [...preset.options].find(({value: all}) => all === now.map((one) => Number(one.toPrecision(6))).join(" "))?.value ?? "";
      },
      means: (heights) => heights,
    };
    const form = svg.closest("form"), preset = form.querySelector(`[data-preset="${name}"]`);
    const typed = form.querySelector(`[data-typed="${name}"]`), says = typed?.parentElement.querySelector(".pf-wrong");
    const accept = () => typed && ((says.textContent = ""), typed.removeAttribute("aria-invalid"));
    preset?.addEventListener("change", () => preset.value && (control.set(preset.value.split(" ").map(Number)), changed()));
    const read = () => {
      const all = typed.value.replace(/−/g, "-").split(/[\s,;]+/).filter(Boolean).map(Number);
      const wrong = !all.length || all.some(Number.isNaN) ? "numbers, please, with commas between them"
        : all.length > now.length ? `at most ${now.length} numbers`
        : all.some((one) => one < low || one > high) ? `each from ${written(low, "g")} to ${written(high, "g")}` : "";
      says.textContent = wrong;
      typed.toggleAttribute("aria-invalid", Boolean(wrong));
      if (!wrong) control.set(now.map((_, k) => all[k % all.length])); // a short pattern repeats
      if (!wrong) changed();
    };
    typed?.addEventListener("change", read);
    typed?.addEventListener("keydown", (event) => event.key === "Enter" && (event.preventDefault(), read()));
    const put = (k, height) => (accept(), (now[k] = snapped(height)), changed());
    const middles = left.map((one, k) => place(x, one + width[k] / 2));
    const nearest = (where) => middles.reduce((best, one, k) => (Math.abs(one - where) < Math.abs(middles[best] - where) ? k : best), 0);
    handles.forEach((handle, k) => {
      let before; // a hand that sweeps over the tape draws it: no bar on its way is left out
      dragged(handle, svg, (at) => {
        before = {x: middles[k], y: at.y};
        put(k, value(y, at.y));
        handle.focus({preventScroll: true});
      }, (at) => {
        const from = nearest(before.x), to = nearest(at.x), way = to < from ? -1 : 1;
        for (let one = from; ; one += way) {
          const part = from === to ? 1 : (one - from) / (to - from);
          put(one, value(y, before.y + part * (at.y - before.y)));
          if (one === to) break;
        }
        before = at;
      });
      keys(handle, (one, two) => {
        if (one) handles[within(0, handles.length - 1, k + Math.sign(one))].focus();
        else put(k, now[k] + two * step);
      }, {Home: () => put(k, low), End: () => put(k, high), Delete: () => put(k, 0), Backspace: () => put(k, 0)});
    });
    return control;
  }

  const KINDS = {slider: listed, choice: listed, switch: listed, steps: listed, number, point, turn, tape};

  /* What shows a state: pictures drawn in advance, or a program that computes. */

  function drawn({pieces, frames, sentences}, form, sizes) {
    const moving = form.querySelector(".pf-moving");
    return (at) => {
      const state = at.reduce((sum, one, k) => sum * sizes[k] + one, 0);
      moving.innerHTML = frames[state].map((piece) => pieces[piece]).join("");
      return sentences[state];
    };
  }

  function computed({program, moving, texts, sentence, record, finds}, form, names, controls, hunted) {
    const run = new Function(`return ${program}`)();
    const svg = form.querySelector("svg"), group = (name) => form.querySelector(`[data-moving="${CSS.escape(name)}"]`);
    const move = moving.map((one) => [one.name, movers[one.kind](one, group(one.name), svg)]);
    const words = texts.map(([id, parts]) => [form.querySelector(`[data-text="${id}"]`), parts]);
    const best = {}, fed = {};
    const show = (at) => {
      const out = Object.assign(run(Object.fromEntries(names.map((name, k) => [name, controls[k].means(at[k])]))), fed);
      for (const name of record) { // the best so far is kept
        best[name] = Math.max(best[name] ?? -Infinity, out[name]);
        out[`best_${name}`] = best[name];
      }
      if (finds) {
        if (out[finds[1]]) hunted.add(at[names.indexOf(finds[0])]);
        out.found = hunted.size();
      }
      for (const [name, mover] of move) mover(out[name]);
      for (const [text, parts] of words) text.textContent = fill(parts, out);
      return fill(sentence, out);
    };
    show.feed = (values) => Object.assign(fed, values);
    return show;
  }

  /* Which riddles of a list are solved: it marks them, tells the page of a new one and hears from it. */
  function hunt(form) {
    const solved = new Set(), list = form.querySelector(`[data-control="${form.dataset.finds}"]`);
    const mark = (one) => {
      const option = list?.options?.[one];
      if (solved.has(one) || !option) return false;
      solved.add(one);
      option.textContent += " ✓";
      return true;
    };
    form.addEventListener("kept", ({detail}) => detail.forEach(mark));
    return {size: () => solved.size, add: (one) => mark(one) && form.dispatchEvent(new CustomEvent("found", {detail: one}))};
  }

  function answer(form, data) {
    const svg = form.querySelector("svg"), says = form.querySelector(".pf-says"), status = form.querySelector("[role=status]");
    const specs = JSON.parse(form.dataset.controls), names = specs.map(({name}) => name);
    const back = form.querySelector(".pf-back"), hunted = form.dataset.finds ? hunt(form) : null;
    let show, asked = 0, timer, playing = null, first;
    const ask = () => (asked ||= requestAnimationFrame(draw)); // at most once a frame
    const controls = specs.map((spec) => KINDS[spec.kind](spec, form.querySelector(`[data-control="${spec.name}"]`), ask, svg));
    const at = () => controls.map((one) => one.get());
    const address = () => at().map((one) => (Array.isArray(one) ? one.map((x) => Number(x.toPrecision(4))).join("*") : Number(one.toPrecision(6)))).join("_");

    // The data are read once a hand comes near, so that the first move does not wait for it.
    const ready = () => {
      const all = show ? null : data();
      if (all) show = all.program ? computed(all, form, names, controls, hunted) : drawn(all, form, specs.map(({words}) => words.length));
      return show;
    };
    for (const kind of ["pointerenter", "focusin"]) form.addEventListener(kind, ready);

    function draw() {
      asked = 0;
      if (!ready()) return void document.addEventListener("DOMContentLoaded", ask, {once: true}); // still arriving
      const now = at(), sentence = show(now);
      svg.setAttribute("aria-label", sentence);
      says.textContent = sentence;
      controls.forEach((one, k) => one.show(now[k]));
      if (back) back.hidden = address() === first;
      clearTimeout(timer);
      if (!playing) timer = setTimeout(rest, REST);
    }
    function rest() {
      if (svg.classList.contains("pf-held")) return void (timer = setTimeout(rest, REST));
      if (status.textContent || address() !== first) status.textContent = says.textContent; // nothing unasked
      form.dispatchEvent(new CustomEvent("rest"));
    }

    function stop() {
      if (!playing) return;
      cancelAnimationFrame(playing.frame);
      playing.button?.setAttribute("aria-pressed", "false");
      playing = null;
      timer = setTimeout(rest, REST);
    }
    function play(control, button, until = control.last) {
      stop();
      const from = control.get() >= until ? 0 : control.get(), began = performance.now();
      button?.setAttribute("aria-pressed", "true");
      const {interval} = specs[controls.indexOf(control)];
      const tick = (time) => {
        const next = Math.min(from + Math.floor(Math.max(time - began, 0) / interval), until);
        if (next !== control.get()) (control.set(next), ask());
        if (next === until) return stop();
        playing.frame = requestAnimationFrame(tick);
      };
      playing = {button, frame: requestAnimationFrame(tick)};
      control.set(from);
      ask();
    }
    const tabs = [...form.querySelectorAll("[name=pf-tab]")], panels = form.querySelectorAll(".pf-panel");
    form.addEventListener("input", ({target}) => {
      if (tabs.includes(target)) panels.forEach((panel, k) => (panel.hidden = !tabs[k].checked));
      else if (!target.matches(".pf-field")) (stop(), ask());
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("pointerdown", (event) => event.target.closest(".pf-play") || stop());
    form.addEventListener("click", ({target}) => {
      const button = target.closest("button");
      if (!button) return;
      if (button.matches(".pf-back")) return reset();
      const control = controls[names.indexOf(button.dataset.of)];
      if (button.matches(".pf-play")) return playing ? stop() : play(control, button);
      stop();
      control.set(control.get() + Number(button.dataset.by));
      ask();
    });
    const reset = () => (stop(), controls.forEach((one, k) => one.set(specs[k].start)), ask());
    form.addEventListener("dblclick", ({target}) => target.closest("[role=slider], input[type=range]") && reset());
    // JupyterLab's shortcuts (and the theme's) must not take the keys of a control.
    form.addEventListener("keydown", (event) => event.ctrlKey || event.metaKey || event.key === "Escape" || event.stopPropagation());
    controls.forEach((control, k) => {
      const then = controls[names.indexOf(specs[k].then)];
      if (then) control.released(() => (then.set(still.matches ? then.last : 0), still.matches ? ask() : play(then, form.querySelector(`.pf-play[data-of="${specs[k].then}"]`))));
    });
    first = address();
    form.querySelector("fieldset").disabled = false;
    form.classList.add("pf-on");
    // What plays when it is seen does so once, up to where it starts, unless a hand was sooner.
    const plays = still.matches ? -1 : specs.findIndex((spec) => spec.seen);
    const watch = plays < 0 ? null : new IntersectionObserver(([{isIntersecting}]) => {
      if (isIntersecting && address() === first) play(controls[plays], form.querySelector(`.pf-play[data-of="${names[plays]}"]`), controls[plays].get());
      if (isIntersecting) watch.disconnect();
    }, {threshold: 1});
    watch?.observe(svg);
    for (const kind of ["pointerdown", "input", "keydown"]) form.addEventListener(kind, () => watch?.disconnect(), {once: true});
    return {
      address: () => (address() === first ? null : address()),
      set(words) {
        words.split("_").forEach((word, k) => {
          const numbers = word.split("*").map(Number), {start} = specs[k] ?? {};
          if (word === "" || numbers.length !== [start].flat().length || !numbers.every(Number.isFinite)) return;
          controls[k]?.set(Array.isArray(start) ? numbers : numbers[0]);
        });
        ask();
      },
      feed: (values) => ready()?.feed?.(values) && ask(),
      end: () => (watch?.disconnect(), clearTimeout(timer), stop(), cancelAnimationFrame(asked)),
    };
  }

  /* A question: its answer is shown once the reader has committed himself. */

  function question(root) {
    const options = [...root.querySelectorAll(".pf-option")], replies = [...root.querySelectorAll(".pf-reply")];
    const details = root.querySelector("details"), status = root.querySelector(".pf-asks [role=status]");
    options.forEach((option, k) => {
      option.disabled = false;
      option.addEventListener("click", () => {
        options.forEach((one) => one.setAttribute("aria-pressed", String(one === option)));
        root.classList.add("pf-answered");
        replies.forEach((reply, one) => (reply.hidden = one !== k));
        details.open = true;
        status.textContent = replies[k].textContent;
      });
    });
    root.querySelector("form").addEventListener("keydown", (event) => event.ctrlKey || event.metaKey || event.key === "Escape" || event.stopPropagation());
  }

  function render({model, el}) {
    if (!el.querySelector("form")) el.innerHTML = model.get("html");
    const form = el.querySelector("form.explore, form.live"), root = el.querySelector(".predict");
    if (root) question(root);
    const figure = form && answer(form, () => JSON.parse(model.get("data")));
    if (model.get("state")) figure.set(model.get("state"));
    return () => figure?.end();
  }

  /* On a page: the data stand at its end, and its address holds what the reader has chosen. Each
     figure is taken into hands as it arrives, the page's end need not be there yet. */

  const arriving = () => document.readyState === "loading";
  const ends = (one) => one && (one.nextSibling || ends(one.parentElement)); // something follows: it is all here
  const whole = (one) => (one && (!arriving() || ends(one)) ? one.textContent : "null");

  function begin(form) {
    const figure = answer(form, () => JSON.parse(whole(document.getElementById(`${form.id}-data`))));
    const wanted = new URLSearchParams(location.search).get(form.id);
    if (wanted) figure.set(wanted);
    // What the reader's own code on the page has computed takes the place of results of `compute`.
    document.addEventListener("pagefigures", ({detail}) => detail.figure === form.id && figure.feed(detail.values));
    form.addEventListener("rest", () => {
      const address = new URL(location), now = figure.address();
      if (now === null) address.searchParams.delete(form.id);
      else address.searchParams.set(form.id, now);
      if (address.href !== location.href) history.replaceState(history.state, "", address);
    });
  }
  /* The link at a figure's number leads to it, and is copied with what the reader has chosen. */
  function copy(event) {
    const link = event.target.closest?.(".pf-number");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const address = new URL(location);
    address.hash = link.hash;
    navigator.clipboard?.writeText(address.href).then(() => {
      link.dataset.copied = " link copied";
      setTimeout(() => delete link.dataset.copied, 2000);
    }, () => {});
  }
  function start() {
    document.addEventListener("click", copy);
    const taken = new WeakSet();
    const take = () => document.querySelectorAll(".predict, form.explore, form.live").forEach((one) => {
      if (taken.has(one) || (arriving() && !ends(one))) return;
      taken.add(one);
      one.matches("form") ? begin(one) : question(one);
    });
    take();
    if (!arriving()) return;
    const watch = new MutationObserver(take);
    watch.observe(document, {childList: true, subtree: true});
    document.addEventListener("DOMContentLoaded", () => (watch.disconnect(), take()));
  }
  return {render, start, written, fill};
})();
if (globalThis.document?.currentScript) pagefigures.start();
