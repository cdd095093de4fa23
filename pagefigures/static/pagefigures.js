/* What ipywidgets leaves out for readers who listen, use keys, or share what they see.

   Its controls are drawn by scripts, so they are dressed as they appear: names, spoken
   values, pressed states. A new picture's sentence is read out once the reader has
   stopped, and the address then holds the chosen values. */
(() => {
  "use strict";
  const REST = 700; // milliseconds without a change before anything is said
  const FIGURE = ".explore", WIDGET = ".explore, .predict";
  const CONTROL = ".widget-slider, .widget-toggle-buttons, .widget-dropdown";
  const name = (control) => control.querySelector(".widget-label").textContent;
  const set = (element, key, value) => {
    if (element.getAttribute(key) !== value) element.setAttribute(key, value);
  };

  const dress = {
    ".widget-slider"(slider) {
      const handle = slider.querySelector(".noUi-handle");
      const value = slider.querySelector(".widget-readout");
      value.removeAttribute("contenteditable"); // it looks like a field but takes no input
      set(handle, "aria-label", name(slider));
      set(handle, "aria-valuetext", value.textContent); // ipywidgets says its index
    },
    ".widget-toggle-buttons"(control) {
      const asks = control.parentElement.querySelector(".predict-asks");
      const group = control.querySelector(".widget-toggle-button").parentElement;
      set(group, "role", "group");
      set(group, "aria-label", asks ? asks.textContent : name(control));
      for (const button of group.children)
        set(button, "aria-pressed", String(button.classList.contains("mod-active")));
    },
    ".widget-play"(play) {
      const what = name(play.parentElement.querySelector(".widget-slider"));
      const [run, back] = play.querySelectorAll("button");
      set(run, "aria-label", `${run.querySelector(".fa-pause") ? "pause" : "play"} ${what}`);
      set(back, "aria-label", `back to the first ${what}`);
    },
  };

  const live = document.createElement("div");
  live.className = "explore-live";
  live.setAttribute("aria-live", "polite");
  let held = false, touched = false, timer;

  function rest(widget) {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (held) return rest(widget);
      const said = widget.querySelectorAll(".predict-reply, [role=img]");
      live.textContent = Array.from(said, (one) => one.ariaLabel || one.textContent).join(" ");
      remember();
    }, REST);
  }

  new MutationObserver((changes) => {
    const widgets = new Set(changes.map(({target}) => target.closest?.(WIDGET)));
    for (const widget of widgets) {
      if (!widget) continue;
      for (const [kind, put] of Object.entries(dress)) widget.querySelectorAll(kind).forEach(put);
      if (touched) rest(widget);
    }
    restore();
  }).observe(document.documentElement, {
    subtree: true, childList: true, attributes: true, attributeFilter: ["aria-valuetext", "class"],
  });

  for (const kind of ["pointerdown", "keydown"])
    addEventListener(kind, (event) => {
      held = kind === "pointerdown";
      touched ||= Boolean(event.target.closest?.(WIDGET));
    }, true);
  for (const kind of ["pointerup", "pointercancel"]) addEventListener(kind, () => (held = false), true);
  addEventListener("DOMContentLoaded", () => document.body.append(live));

  /* The address: ?figure1=3-0 says that the first figure's controls stand at 3 and 0. */

  const figures = () => [...document.querySelectorAll(FIGURE)].filter((one) => !one.closest(".predict"));
  const controls = (figure) => [...figure.querySelectorAll(CONTROL)];
  const first = new WeakMap(), done = new WeakSet();

  function read(control) {
    const handle = control.querySelector(".noUi-handle"), list = control.querySelector("select");
    if (handle) return Math.round(handle.getAttribute("aria-valuenow"));
    if (list) return list.selectedIndex;
    return [...control.querySelectorAll("button")].findIndex((one) => one.matches(".mod-active"));
  }

  function write(control, index) {
    const bar = control.querySelector(".slider"), list = control.querySelector("select");
    if (bar) return bar.noUiSlider.set(index);
    if (!list) return control.querySelectorAll("button")[index]?.click();
    list.selectedIndex = index;
    list.dispatchEvent(new Event("change", {bubbles: true}));
  }

  function remember() {
    const address = new URL(location);
    figures().forEach((figure, at) => {
      const now = controls(figure).map(read).join("-");
      if (now === first.get(figure)) address.searchParams.delete(`figure${at + 1}`);
      else address.searchParams.set(`figure${at + 1}`, now);
    });
    if (address.href !== location.href) history.replaceState(history.state, "", address);
  }

  function restore() {
    const wanted = new URLSearchParams(location.search);
    figures().forEach((figure, at) => {
      const all = controls(figure);
      if (done.has(figure) || !figure.querySelector("[role=img]") || !all.length) return;
      done.add(figure);
      first.set(figure, all.map(read).join("-"));
      const stand = wanted.get(`figure${at + 1}`);
      if (stand) stand.split("-").forEach((index, one) => all[one] && write(all[one], +index));
    });
  }
})();
