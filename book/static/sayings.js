/* The four sayings that are asked twice, and the score of a page of sayings (book/sayings.py). What
   is answered is kept as predictions are, by kept.js; of a saying on trial the first answer too. */
(() => {
  "use strict";
  const get = (id) => kept.get("prediction", id), all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const first = (id) => `${id} first`;
  const GONE = " This browser keeps nothing: it is gone when you close this page.";

  function four(block) {
    const asked = all("fieldset", block), says = block.querySelector(".four-says"), again = block.dataset.round === "after";
    function show() {
      for (const one of asked) {
        const {kept: id, before, right} = one.dataset, now = get(id), then = before && get(before);
        all("button", one).forEach((button) => button.setAttribute("aria-pressed", String(button.textContent === now)));
        if (!again) continue;
        const details = one.querySelector("details"), told = one.querySelector(".four-said");
        details.hidden = !now;
        details.open ||= Boolean(now);
        const earlier = !then ? "You gave no answer on the front page."
          : then === now ? `You said “${then}” on the front page too.` : `On the front page you said “${then}”: you changed your mind.`;
        told.textContent = now ? `${now === right ? "✓ So it is." : "✗ That is not so."} ${earlier}` : "";
        told.classList.toggle("four-right", now === right);
      }
      const answers = asked.filter((one) => get(one.dataset.kept)), n = asked.length;
      const count = (key) => asked.filter((one) => get(one.dataset[key]) === one.dataset.right).length;
      const knew = asked.filter((one) => get(one.dataset.before)).length;
      says.textContent = !answers.length ? ""
        : !again ? `${answers.length} of ${n} said, and kept in this browser. You are asked again after chapter 5; no verdict until then.`
        : answers.length < n ? `${answers.length} of ${n} said.`
        : `Now ${count("kept")} of ${n} are right${knew ? `; on the front page ${count("before")} of the ${knew} that you answered were` : ". You answered none on the front page"}.`;
      if (answers.length && kept.refuses()) says.textContent += GONE;
    }
    block.addEventListener("click", ({target}) => {
      const button = target.closest(".four-options button");
      if (!button) return;
      kept.set("prediction", button.closest("fieldset").dataset.kept, button.textContent);
      show();
    });
    kept.subscribe(show);
    show();
  }

  function score(block) {
    const asked = all(".predict[data-kept]"), says = block.querySelector("p");
    const right = (one) => one.querySelector(".pf-right").textContent;
    const said = (one) => get(first(one.dataset.kept)) ?? get(one.dataset.kept);
    const list = document.createElement("ul"), misses = document.createElement("ul");
    const heading = document.createElement("p");
    block.append(list, heading, misses);
    function show() {
      const done = asked.filter(said), hits = done.filter((one) => said(one) === right(one));
      says.textContent = done.length ? `At the first answer ${hits.length} of ${done.length} were right; ${asked.length} are asked.`
        : `You have answered none of the ${asked.length} yet.`;
      if (done.length && kept.refuses()) says.textContent += GONE;
      list.replaceChildren(...[...new Set(asked.map(right))].flatMap((kind) => {
        const some = done.filter((one) => right(one) === kind), item = document.createElement("li");
        item.textContent = `Of the ${some.length} where “${kind}” is right you had ${some.filter((one) => said(one) === kind).length}.`;
        return some.length ? [item] : [];
      }));
      const missed = done.filter((one) => !hits.includes(one));
      heading.textContent = missed.length ? "To look at again, each with its figure:" : "";
      misses.replaceChildren(...missed.map((one) => {
        const section = one.closest("section[id]"), item = document.createElement("li"), link = document.createElement("a");
        link.href = `#${section.id}`;
        link.textContent = one.querySelector("legend").textContent;
        const figure = section.querySelector("a.see, .pf-number")?.cloneNode(true);
        item.append(link, ` You said “${said(one)}”, right is “${right(one)}”.`, ...(figure ? [" ", figure] : []));
        return item;
      }));
    }
    for (const one of asked) {
      one.addEventListener("click", ({target}) => {
        const option = target.closest(".pf-option"), id = first(one.dataset.kept);
        if (!option) return;
        if (!get(id)) kept.set("prediction", id, option.textContent);
        show();
      });
    }
    kept.subscribe(show);
    show();
  }

  all(".four").forEach(four);
  all(".score").forEach(score);
})();
