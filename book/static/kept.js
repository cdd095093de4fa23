/* What the reader does stays in his browser: numbers, predictions, code, and what he has passed.
   Numbers are answered here, at once, with what their cell would say (book/kept.py). */
globalThis.kept = (() => {
  "use strict";
  const KINDS = ["code", "number", "prediction", "passed"], COURSE = "Understanding Adam";
  const own = document.currentScript, key = `kept ${new URL("..", own.src).pathname}`;
  const REFUSED = "This browser keeps nothing of this page: what you do here is gone when you close it.";
  let memory = null; // all that is kept, where the browser refuses to
  const listeners = [];

  const fits = (kind, value) => kind === "passed" ? value === true
    : kind !== "number" ? typeof value === "string"
    : value !== null && typeof value === "object" && Object.values(value).every((one) => typeof one?.typed === "string");
  /** Return of anything that was read only what can be kept, and how much that is. */
  const tidy = (data) => Object.fromEntries(KINDS.map((kind) => [kind,
    Object.fromEntries(Object.entries(Object(data?.[kind])).filter(([, value]) => fits(kind, value)))]));
  const size = (all) => KINDS.reduce((sum, kind) => sum + Object.keys(all[kind]).length, 0);
  const read = () => {
    if (memory) return memory;
    try {
      return tidy(JSON.parse(localStorage.getItem(key)));
    } catch {
      return tidy(null);
    }
  };
  const write = (all) => {
    try {
      size(all) ? localStorage.setItem(key, JSON.stringify(all)) : localStorage.removeItem(key);
      memory = null;
    } catch {
      memory = all;
    }
    listeners.forEach((one) => one());
  };
  const store = {
    get: (kind, id) => read()[kind]?.[id],
    set(kind, id, value) {
      if (!KINDS.includes(kind)) return;
      const all = read();
      if (fits(kind, value)) all[kind][id] = value;
      else delete all[kind][id];
      write(all);
    },
    ids: (kind) => Object.keys(read()[kind] ?? {}),
    export: () => ({course: COURSE, version: own.dataset.version, date: new Date().toISOString(), kept: read()}),
    erase: () => write(tidy(null)),
    subscribe: (listener) => listeners.push(listener),
    refuses: () => memory !== null,
    /** Take in what was exported, beside what is here; return a sentence that says what was done. */
    bring(text) {
      let file;
      try {
        file = JSON.parse(text);
      } catch {}
      if (file?.course !== COURSE || !file.kept) return "This file was not saved by this course, so nothing was changed: choose one that “Save it as a file” made.";
      const all = read(), theirs = tidy(file.kept), before = size(all);
      let stayed = 0;
      for (const kind of KINDS) {
        for (const id of Object.keys(theirs[kind])) stayed += Object.hasOwn(all[kind], id) && JSON.stringify(all[kind][id]) !== JSON.stringify(theirs[kind][id]);
        all[kind] = {...theirs[kind], ...all[kind]};
      }
      write(all);
      const added = size(all) - before;
      return `${added ? `${added} ${added > 1 ? "things were" : "thing was"} brought in` : "Nothing in it is new"}.`
        + (stayed ? ` ${stayed} differ${stayed > 1 ? "" : "s"} from what is here, and what is here stayed.` : "");
    },
  };
  addEventListener("storage", (event) => event.key === key && listeners.forEach((one) => one()));

  /* A number as people write it: 0,5 and −3 and 10⁻³, and simple arithmetic with it. */

  const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", NAMES = {pi: Math.PI, e: Math.E, inf: Infinity, infinity: Infinity, nan: NaN};
  const FUNCTIONS = {sqrt: Math.sqrt, exp: Math.exp, log: Math.log, ln: Math.log, abs: Math.abs};
  const TOKEN = /\s*((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[a-z]+|\*\*|[-+*/()])/iy;
  /** Return what was typed as a number, or null where it is none. */
  function numbered(text) {
    const plain = text.trim().replace(/[−–]/g, "-").replace(/[×·⋅]/g, "*").replace(/[÷:]/g, "/").replace(/\^/g, "**")
      .replace(/√/g, "sqrt").replace(/π/g, "pi").replace(/∞/g, "inf").replace(/\b(np|numpy|math)\./g, "")
      .replace(/(\d)_(?=\d)/g, "$1").replace(/,(?=\d)/g, ".")
      .replace(new RegExp(`[${RAISED}]+`, "g"), (some) => `**(${[...some].map((one) => "0123456789+-"[RAISED.indexOf(one)]).join("")})`);
    const tokens = [];
    for (TOKEN.lastIndex = 0; TOKEN.lastIndex < plain.length;) {
      const found = TOKEN.exec(plain);
      if (!found) return null;
      tokens.push(found[1].toLowerCase());
    }
    const take = (...wanted) => (wanted.includes(tokens[0]) ? tokens.shift() : null);
    const no = () => {
      throw new SyntaxError(text);
    };
    function sum() {
      let x = product(), sign;
      while ((sign = take("+", "-"))) x = sign === "+" ? x + product() : x - product();
      return x;
    }
    function product() {
      let x = signed(), sign;
      while ((sign = take("*", "/"))) x = sign === "*" ? x * signed() : x / signed();
      return x;
    }
    function signed() {
      const sign = take("+", "-");
      return sign ? (sign === "-" ? -signed() : signed()) : power();
    }
    function power() {
      const x = atom();
      return take("**") ? x ** signed() : x;
    }
    function atom() {
      if (take("(")) {
        const x = sum();
        return take(")") ? x : no();
      }
      const token = tokens.shift() ?? no();
      if (/^[\d.]/.test(token)) return Number(token);
      if (Object.hasOwn(FUNCTIONS, token)) return FUNCTIONS[token](atom());
      return Object.hasOwn(NAMES, token) ? NAMES[token] : no();
    }
    try {
      const x = sum();
      return tokens.length || (Number.isNaN(x) && !/nan/i.test(text)) ? null : x;
    } catch {
      return null;
    }
  }

  /** Return what a cell says to what was typed, by the table that the build has made of it. */
  function verdict([cuts, says, nothing, words, endless], typed) {
    if (!typed.trim()) return nothing;
    const x = numbered(typed);
    if (x === null) return words;
    if (!Number.isFinite(x)) return endless;
    return says[cuts.filter((cut) => cut <= x).length].replace("{}", x);
  }

  function ask(form) {
    const id = form.dataset.kept, fields = [...form.querySelectorAll("input")];
    const places = [...form.querySelectorAll(".kept-says")];
    const show = () => fields.map((field, k) => {
      const typed = field.value, said = verdict(JSON.parse(atob(field.dataset.answers)), typed), x = numbered(typed);
      const meant = x !== null && !/^\s*[-−+]?[\d.]+\s*$/.test(typed) ? `${Number(x.toPrecision(6))}`.replace("-", "−") : "";
      places[k].textContent = (fields.length > 1 ? `${field.name}: ` : "") + said + (meant && ` (That is ${meant}.)`);
      places[k].classList.toggle("kept-right", said.startsWith("Right"));
      return said;
    });
    const before = store.get("number", id);
    if (before) {
      fields.forEach((field) => (field.value = before[field.name]?.typed ?? ""));
      places.forEach((one) => one.removeAttribute("role")); // seen again, and not said again
      show();
    }
    form.addEventListener("focusin", () => places.forEach((one) => one.setAttribute("role", "status")));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const said = show();
      const typed = fields.map((field) => [field.name, {typed: field.value, value: numbered(field.value)}]);
      store.set("number", id, fields.some((field) => field.value.trim()) ? Object.fromEntries(typed) : undefined);
      if (said.every((one) => one.startsWith("Right"))) store.set("passed", id, true);
      if (store.refuses()) places.at(-1).textContent += ` ${REFUSED}`;
    });
    form.querySelector("fieldset").disabled = false;
  }

  /* A question shows what was chosen before; its reply only when it is pressed, for he may want to
     think again. */
  function recall(question) {
    const chosen = store.get("prediction", question.dataset.kept), options = [...question.querySelectorAll(".pf-option")];
    options.forEach((option) => {
      if (option.textContent === chosen) {
        option.setAttribute("aria-pressed", "true");
        option.classList.add("kept-before");
      }
      option.addEventListener("click", () => {
        options.forEach((one) => one.classList.remove("kept-before"));
        store.set("prediction", question.dataset.kept, option.textContent);
      });
    });
  }

  /* Of a figure with riddles to solve, those that were solved before. */
  function resume(form) {
    const key = `${form.dataset.kept}-`, before = store.ids("passed").filter((id) => id.startsWith(key)).map((id) => Number(id.slice(key.length)));
    form.dispatchEvent(new CustomEvent("kept", {detail: before}));
    form.addEventListener("found", ({detail}) => store.set("passed", `${key}${detail}`, true));
  }

  function overview(block) {
    const chapters = JSON.parse(block.dataset.chapters), some = block.querySelector(".kept-some"), list = block.querySelector("ul");
    const status = block.querySelector(".kept-says"), sure = block.querySelector(".kept-buttons span");
    const button = (what) => block.querySelector(`[data-do=${what}]`);
    const of = (ids, kinds, what) => {
      const done = ids.filter((id) => kinds.includes(id)).length;
      return ids.length ? [`${done} of ${ids.length} ${what}`] : [];
    };
    const show = () => {
      const predicted = store.ids("prediction"), passed = store.ids("passed");
      some.hidden = !size(read());
      list.replaceChildren(...chapters.map(({page, title, predictions, exercises}) => {
        const item = document.createElement("li"), link = document.createElement("a");
        link.href = page;
        link.textContent = title;
        item.append(link, `: ${[...of(predictions, predicted, "predictions made"), ...of(exercises, passed, "exercises passed")].join(", ")}`);
        return item;
      }));
    };
    const doubt = (on) => {
      sure.hidden = !on;
      button("erase").hidden = on;
      button(on ? "stay" : "erase").focus();
    };
    const acts = {
      export() {
        const link = document.createElement("a"), file = store.export();
        link.href = URL.createObjectURL(new Blob([JSON.stringify(file, null, 1)], {type: "application/json"}));
        link.download = `understanding-adam-${file.date.slice(0, 10)}.json`;
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 1000);
        status.textContent = `Saved as ${link.download}.`;
      },
      erase: () => doubt(true),
      stay: () => doubt(false),
      really() {
        doubt(false);
        store.erase();
        status.textContent = "Erased.";
        block.querySelector("input").focus();
      },
    };
    block.addEventListener("click", ({target}) => acts[target.dataset.do]?.());
    block.querySelector("input").addEventListener("change", async ({target}) => {
      const [file] = target.files;
      if (!file) return;
      try {
        status.textContent = store.bring(file.size < 5e6 ? await file.text() : "") + (store.refuses() ? ` ${REFUSED}` : "");
      } catch {
        status.textContent = "This file cannot be read, so nothing was changed.";
      }
      target.value = "";
    });
    store.subscribe(show);
    show();
  }

  const all = (selector, each) => document.querySelectorAll(selector).forEach((one) => each(one));
  all("form.kept-numbers", ask);
  all(".predict[data-kept]", recall);
  all("form.live[data-kept]", resume);
  all(".kept-work", overview);
  return Object.assign(store, {numbered, verdict});
})();
