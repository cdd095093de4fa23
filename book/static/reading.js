/* While reading: what a number, a citation or a letter in a formula stands for is shown where it is
   met, and a search finds sentences and lands on them. Everything on the page is there without
   this, too. */
(() => {
  "use strict";
  const peek = document.createElement("div");
  peek.className = "peek";
  peek.id = "peek";
  peek.hidden = true;

  /** Return what a link or a letter stands for, as nodes to be shown: its name, an equation, or the
      text of a citation. */
  const meant = (link) => {
    if (link.title) link.dataset.says = link.title; // the browser's own would lie above it
    link.removeAttribute("title");
    if (link.dataset.says) return [link.dataset.says];
    const [place, id] = link.href.split("#");
    if (place !== location.href.split("#")[0] || !id?.startsWith("equation-")) return null;
    const formula = document.getElementById(id)?.querySelector(".katex-display");
    return formula ? [formula.cloneNode(true)] : null;
  };
  let shown = null;
  const hide = () => {
    peek.hidden = true;
    shown?.removeAttribute("aria-describedby");
    shown?.classList.remove("peek-of");
    shown = null;
  };
  const show = (link) => {
    const nodes = meant(link);
    if (!nodes || shown === link) return;
    hide();
    peek.replaceChildren(...nodes);
    document.body.append(peek);
    peek.hidden = false;
    link.setAttribute("aria-describedby", peek.id);
    link.classList.add("peek-of");
    shown = link;
    const at = link.getBoundingClientRect(), own = peek.getBoundingClientRect(), gap = 8;
    const left = Math.min(at.left, document.documentElement.clientWidth - own.width - gap);
    const above = at.top - own.height - gap;
    peek.style.left = `${Math.max(gap, left) + scrollX}px`;
    peek.style.top = `${(above > gap ? above : at.bottom + gap) + scrollY}px`;
  };
  const linked = (event) => event.target.closest?.(".bd-article :is(a.reference.internal[href*='#'], [data-says])");

  let touched = false, wait;
  addEventListener("pointerdown", (event) => {
    touched = event.pointerType === "touch";
    if (shown && !peek.contains(event.target) && linked(event) !== shown) hide();
  });
  addEventListener("pointerover", (event) => {
    clearTimeout(wait);
    const link = linked(event);
    if (event.pointerType === "touch" || peek.contains(event.target)) return;
    wait = setTimeout(() => (link ? show(link) : shown !== document.activeElement && hide()), 150);
  });
  addEventListener("focusin", (event) => (linked(event) && !touched ? show(linked(event)) : hide()));
  addEventListener("keydown", (event) => event.key === "Escape" && hide());
  addEventListener("click", (event) => { // a first tap shows, a second follows
    const link = linked(event);
    if (!link || !touched || shown === link || !meant(link)) return;
    if (link.href) event.preventDefault();
    show(link);
  });

  /** Open the note that a link's section consists of. */
  const unfold = () => document.getElementById(location.hash.slice(1))
    ?.closest("section")?.querySelector(":scope > :is(h2, h3) + details.dropdown")?.setAttribute("open", "");
  addEventListener("hashchange", unfold);

  /* What scrolls can be reached by key. It is measured once it has been laid out, not before. */
  const stops = new ResizeObserver((all) => {
    const scrolls = all.map(({target: one}) => one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight);
    all.forEach(({target}, k) => (scrolls[k] ? target.setAttribute("tabindex", "0") : target.removeAttribute("tabindex")));
  });

  addEventListener("DOMContentLoaded", () => {
    unfold();
    for (const one of document.querySelectorAll("pre, .cell_output > .output, .pst-scrollable-table-container")) stops.observe(one);
    if (typeof Search !== "undefined") {
      Search.htmlToText = (html, anchor) => {
        const page = new DOMParser().parseFromString(html, "text/html");
        const no = "h1, pre, .headerlink, script, style, .katex-html, annotation, details.hide, .predict, form";
        page.querySelectorAll(no).forEach((one) => one.remove());
        const from = (anchor && page.querySelector(anchor)) || page.querySelector(".bd-article");
        return from ? from.textContent.replace(/\s+/g, " ") : "";
      };
    }
  });
  /* The theme scrolls the list of pages to this one, also where that was to be seen without. */
  addEventListener("load", () => {
    const list = document.querySelector(".bd-sidebar-primary"), here = list?.querySelector("li.current.active");
    if (here && here.getBoundingClientRect().bottom - list.getBoundingClientRect().top + list.scrollTop < list.clientHeight) list.scrollTop = 0;
  });

  // Once the page is there, all of its sections are.
  addEventListener("load", () => delete document.documentElement.dataset.arriving);
  addEventListener("load", () => setTimeout(() => { // Sphinx marks what was searched a moment later
    const first = document.querySelector(".bd-article :is(p, li, td, dd) .highlighted");
    if (!first || location.hash) return;
    first.closest("details:not([open])")?.setAttribute("open", "");
    first.scrollIntoView({block: "center"});
  }, 50));
})();
