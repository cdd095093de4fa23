/* Cells that can be edited and run where they stand. Nothing of Python is asked for before the
   first Run; then the files come to this page, and from here go to a frame that can reach nothing
   (worker.js). All that a cell says is set as text. */
(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("python-data")?.textContent ?? "null");
  if (!data) return;
  const static_ = new URL("./", document.currentScript.src);
  const limit = () => Number(document.documentElement.dataset.pythonLimit ?? 20000); // ms
  const total = Object.values(data.files).reduce((sum, [size]) => sum + size, 0);
  const MB = (bytes) => (bytes / 1e6).toFixed(1);
  const FRAME = `<meta http-equiv="Content-Security-Policy" content="default-src 'none';
    script-src 'unsafe-inline' 'unsafe-eval' blob:; worker-src blob:"><script>
    onmessage = ({data: {source, files}, ports}) => {
      try {
        self.worker = new Worker(URL.createObjectURL(new Blob([source])));
        worker.onerror = (event) => parent.postMessage(event.message || "no worker", "*");
        worker.postMessage(files, ports);
      } catch (error) { parent.postMessage(error.message, "*"); }
    }<\/script>`;
  const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  };

  // Python: fetched once, started when it is needed and again after it was stopped.

  let files = null, source, python = null, running = null;

  const fetched = async (url, got) => {
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText} for ${url}`);
    const reader = answer.body.getReader(), parts = [];
    for (let part; !(part = await reader.read()).done; parts.push(part.value)) {
      got(part.value.length);
    }
    return new Blob(parts);
  };
  const fetchAll = async (tell) => {
    let loaded = 0;
    const got = (bytes) => tell(loaded = Math.min(total, loaded + bytes));
    const all = Object.entries(data.files).map(async ([name, [, mark]]) =>
      [name, await fetched(new URL(`vendor/pyodide/${name}.gz?${mark}`, static_), got)]);
    source = await (await fetched(new URL(`worker.js?${data.worker}`, static_), () => {})).text();
    return Object.fromEntries(await Promise.all(all));
  };
  /** Start Python; what it says goes to whatever `hear` is then. */
  const start = () => {
    const frame = element("iframe", {hidden: true, title: "Python", srcdoc: FRAME});
    frame.setAttribute("sandbox", "allow-scripts");
    const one = {frame, hear: () => {}};
    one.ready = (async () => {
      const loaded = new Promise((go) => { frame.onload = go; });
      document.body.append(frame);
      const [all] = await Promise.all([files, loaded]);
      const {port1, port2} = new MessageChannel();
      one.port = port1;
      await new Promise((go, no) => {
        const refused = ({source: from, data: why}) =>
          from === frame.contentWindow && no(new Error(why));
        addEventListener("message", refused);
        port1.onmessage = ({data: [kind, text]}) => {
          if (kind === "ready") go();
          else if (kind === "failed") no(new Error(text));
          else one.hear(kind, text);
        };
        frame.contentWindow.postMessage({source, files: all}, "*", [port2]);
      });
    })();
    one.ready.catch(() => {});
    return one;
  };
  const end = (again) => {
    python?.frame.remove(); // and the worker with it
    python = again ? start() : null;
  };

  // One cell

  const enhance = (block, id) => {
    const input = block.querySelector(".cell_input"), stored = block.querySelector(".cell_output");
    const place = block.querySelector(".py"), open = place.querySelector("button");
    const original = input.querySelector("pre").textContent.replace(/\n$/, "");
    const status = element("p", {className: "py-status"});
    status.setAttribute("role", "status");
    place.append(status);
    const mine = () => {
      const text = globalThis.kept?.get("code", id);
      return typeof text === "string" && text !== original ? text : null;
    };
    if (mine() !== null) open.textContent = "Go on with your code";

    let area, out, run, stop;
    const say = (text) => { status.textContent = text; };
    const fit = () => { area.rows = Math.max(2, area.value.split("\n").length); };
    const keep = () => globalThis.kept?.set("code", id, area.value);
    const insert = (text) => document.execCommand("insertText", false, text) || area.setRangeText(
      text, area.selectionStart, area.selectionEnd, "end");
    const line = () => area.value.slice(0, area.selectionStart).split("\n").pop();

    /** Indent the chosen lines by four spaces, or take four back. */
    const indent = (back) => {
      const {value, selectionStart: from, selectionEnd: to} = area;
      if (!back && from === to) return insert(" ".repeat(4 - (line().length % 4)));
      const first = value.lastIndexOf("\n", from - 1) + 1, last = (value + "\n").indexOf("\n", to);
      const lines = value.slice(first, last).replace(/^.*$/gm, (one) =>
        back ? one.replace(/^ {1,4}/, "") : one && `    ${one}`);
      area.setSelectionRange(first, last);
      insert(lines);
      const at = Math.max(first, from + lines.length - (last - first));
      area.setSelectionRange(from === to ? at : first, from === to ? at : first + lines.length);
    };
    let leaving = false;
    const keys = (event) => {
      const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) begin();
      else if (event.key === "Escape") { leaving = true; return; }
      else if (event.key === "Tab" && plain && !leaving) indent(event.shiftKey);
      else if (event.key === "Enter" && plain && !event.shiftKey && !event.isComposing) {
        const before = line();
        insert(`\n${before.match(/^ */)[0]}${/:\s*(#.*)?$/.test(before) ? "    " : ""}`);
      } else if (event.key === "Backspace" && plain && area.selectionStart === area.selectionEnd
        && /^( {4})+$/.test(line())) {
        const at = area.selectionStart - 4;
        area.setSelectionRange(at, at + 4);
        if (!document.execCommand("delete")) area.setRangeText("");
        area.setSelectionRange(at, at);
      } else { if (event.key !== "Shift") leaving = false; return; }
      leaving = false;
      event.preventDefault();
    };

    const edit = (text, words) => {
      if (location.protocol === "file:" || typeof DecompressionStream === "undefined") {
        return say(location.protocol === "file:"
          ? "A browser does not start Python in a page that was opened from a file: serve the"
            + " course with `make serve` (or run `python -m http.server` in the site's folder)"
            + " and open it at the address that is printed."
          : "This browser is too old to run Python in a page (Chrome 80, Firefox 113 and Safari"
            + " 16.4 can).");
      }
      if (!area) {
        const button = (textContent, className, onclick) =>
          element("button", {type: "button", textContent, className, onclick});
        area = element("textarea", {
          className: "py-code", value: text, spellcheck: false, autocapitalize: "off",
          autocomplete: "off", wrap: "off", ariaLabel: "Code of this cell", onkeydown: keys,
          oninput: () => { fit(); keep(); },
        });
        const keysHint = element("p", {className: "py-keys", id: `py-${id.replace(/\W/g, "-")}`},
          "Ctrl+Enter (⌘+Enter) runs. Tab indents, Shift+Tab takes it back; to leave with Tab,"
          + " press Escape first.");
        area.setAttribute("aria-describedby", keysHint.id);
        area.setAttribute("autocorrect", "off");
        run = button("Run", "py-run", begin);
        stop = button("Stop", "py-stop", () => halt("Stopped."));
        stop.disabled = true;
        const bar = element("div", {className: "py-bar"}, run, stop,
          button("Reset", "py-reset", reset), button("Copy link", "py-link", copy));
        out = element("pre", {className: "py-output", hidden: true, tabIndex: 0,
          ariaLabel: "Output"});
        out.setAttribute("aria-live", "polite");
        out.setAttribute("role", "region");
        place.replaceChildren(area, bar, keysHint, status, out);
        input.hidden = true;
      }
      area.value = text;
      fit();
      say(words ?? (python ? "" : `The first Run brings Python into this page: ${MB(total)} MB.`
        + " Your code runs in your browser and is sent nowhere."));
      area.focus({preventScroll: true});
    };
    // Words wrap, and columns stay under each other.
    const look = (kind, text) => kind === "out" ? "py-out" : kind === "err" ? "py-err"
      : kind === "trace" ? "py-trace" : / {3}\S/.test(text) ? "py-columns" : "py-value";
    const show = (kind, text) => {
      out.hidden = false;
      const last = out.lastChild, className = look(kind, text);
      if (last?.className === className) last.append(text);
      else out.append(element("span", {className, textContent: text}));
    };
    const hear = (kind, text) => {
      if (kind === "done") halt(`Done in ${(text / 1000).toFixed(2)} s.`, true);
      else if (kind === "broken") halt(`Python broke down and starts anew: ${text}`);
      else if (kind === "passed") {
        if (block.dataset.exercise) globalThis.kept?.set("passed", id, true);
      } else if (kind === "data") {
        document.dispatchEvent(new CustomEvent("pagefigures", {detail: JSON.parse(text)}));
      } else show(kind, text);
    };
    /** End a run: as it should, or with its Python. */
    const halt = (words, well = false) => {
      if (running?.id !== id) return;
      clearTimeout(running.timer);
      running.done?.();
      const loading = !running.timer;
      running = null;
      if (!well) end(!loading);
      stop.disabled = true;
      run.disabled = false;
      say(words);
    };
    const begin = async () => {
      if (running) {
        return say(running.id === id ? status.textContent
          : "Another cell of this page is running: wait for it, or stop it.");
      }
      const now = running = {id, timer: 0};
      run.disabled = true;
      stop.disabled = false;
      keep();
      const code = area.value;
      try {
        const coming = element("progress", {max: total, value: 0, ariaLabel: "Python's files"});
        const much = element("span");
        const tell = (loaded) => {
          coming.value = loaded;
          much.textContent = ` ${MB(loaded)} of ${MB(total)} MB`;
        };
        const arriving = element("p", {className: "py-coming"}, coming, much);
        if (!files) {
          say(`Python is coming: ${MB(total)} MB.`);
          status.after(arriving);
          now.done = () => arriving.remove();
        }
        files ??= fetchAll(tell);
        files.catch(() => { files = null; });
        python ??= start();
        await files;
        if (running !== now) return;
        now.done?.();
        const one = python;
        if (!one.port) say("Python starts.");
        await one.ready;
        if (running !== now) return;
        say("Running.");
        out.replaceChildren();
        out.hidden = true;
        if (stored) stored.hidden = true;
        one.hear = (...said) => running === now && hear(...said);
        now.timer = setTimeout(() =>
          halt(`Stopped after ${limit() / 1000} s: does a loop never end?`), limit());
        const setting = JSON.stringify({sources: data.sources, needs: data.cells[id]});
        one.port.postMessage({code, setting});
      } catch (error) {
        if (running === now) halt(`Python could not be started here: ${error.message}`);
      }
    };
    const reset = () => {
      halt("");
      area.value = original;
      fit();
      keep();
      out.hidden = true;
      if (stored) stored.hidden = false;
      say("This is the cell as it stands in the page.");
    };
    const copy = async () => {
      const bytes = String.fromCharCode(...new TextEncoder().encode(area.value));
      const code = btoa(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
      const cell = encodeURIComponent(id.split("#")[1]);
      const url = `${location.href.split("#")[0]}#code=${code}&cell=${cell}`;
      try {
        await navigator.clipboard.writeText(url);
        say("The link is copied: it opens this page with this code, and does not run it.");
      } catch {
        const textContent = `${url.slice(0, 60)}…`;
        status.replaceChildren("Copy this link: ", element("a", {href: url, textContent}));
      }
    };
    open.onclick = () => edit(mine() ?? original);
    return (text) => edit(text, "This code came with the link and has not run: read it, then press"
      + " Run." + (mine() === null || mine() === text ? ""
        : " What you wrote here before is kept until you run or change this."));
  };

  const cells = {};
  for (const block of document.querySelectorAll("[data-cell]")) {
    const id = block.dataset.cell;
    if (id in data.cells) cells[id.split("#")[1]] = [block, enhance(block, id)];
  }

  // Code that came with the address

  const fromLink = () => {
    const asked = new URLSearchParams(location.hash.slice(1));
    if (!asked.has("code")) return;
    const [block, fill] = cells[asked.get("cell")] ?? [];
    let text;
    try {
      const bytes = atob(asked.get("code").replace(/-/g, "+").replace(/_/g, "/"));
      text = new TextDecoder("utf-8", {fatal: true})
        .decode(Uint8Array.from(bytes, (one) => one.charCodeAt(0)));
    } catch { /* said below */ }
    if (block && text !== undefined) {
      fill(text);
      block.scrollIntoView({block: "start"});
    } else {
      const note = element("p", {className: "py-status", textContent: block
        ? "The code in this link cannot be read: perhaps a part of the link is missing."
        : "The link names a cell that is not on this page, or cannot run here."});
      note.setAttribute("role", "status");
      document.querySelector(".bd-article")?.prepend(note);
    }
  };
  addEventListener("hashchange", fromLink);
  fromLink();
})();
