// What pages do beyond their markup: arrows in lists, one press of a button, drafts that save themselves, keys.
// Every page works without this file; it only makes the desk quicker.  Nothing here takes over a browser's own keys.
"use strict";
(() => {
  const $ = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // One press sends a form once; coming back with the back button makes the button work again.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) { event.preventDefault(); return; }
    if (form.method === "post" && !form.matches("[data-many], [hx-post]")) form.dataset.sent = "1";
  });
  addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => { delete form.dataset.sent; }));

  // Search results: arrows choose, Enter opens, Shift+Enter a letter, Ctrl+Enter the family.
  const hits = () => all(".hit");
  const chosen = () => hits().findIndex((hit) => hit.classList.contains("chosen"));
  const choose = (index) => {
    const list = hits();
    if (!list.length) return;
    const at = Math.max(0, Math.min(index, list.length - 1));
    list.forEach((hit, i) => { hit.classList.toggle("chosen", i === at); hit.setAttribute("aria-selected", String(i === at)); });
    list[at].scrollIntoView({ block: "nearest" });
    const box = $(".search-box input");
    if (box) box.setAttribute("aria-activedescendant", list[at].id);
  };
  document.addEventListener("keydown", (event) => {
    if (event.target.matches?.(".search-box input")) {
      if (event.key === "ArrowDown") { choose(chosen() + 1); event.preventDefault(); }
      else if (event.key === "ArrowUp") { choose(chosen() - 1); event.preventDefault(); }
      else if (event.key === "Escape") { event.target.value = ""; event.target.dispatchEvent(new Event("input", { bubbles: true })); }
      else if (event.key === "Enter") {
        const hit = hits()[Math.max(0, chosen())];
        const pending = event.target.dataset.asked !== event.target.value.trim();
        if (hit && !pending) {
          event.preventDefault();
          const to = event.shiftKey ? hit.dataset.letter : event.ctrlKey ? hit.dataset.family : hit.href;
          location.assign(to || hit.href);
        }
      }
      return;
    }
    // Ctrl+Enter finishes a form from any of its fields, and the page's one form from where no field has the focus.
    if (event.key === "Enter" && event.ctrlKey) {
      const form = event.target.closest?.("form");
      const open = all("[data-finish]").filter((one) => one.checkVisibility?.() ?? true);
      const button = form ? $("[data-finish]", form) : open.length === 1 && open[0];
      if (button) { event.preventDefault(); button.form.requestSubmit(button); }
      return;
    }
    // Single letters only where no text field has the focus, and only where the page prints them.
    if (event.target.matches?.("input, select, textarea") || event.ctrlKey || event.altKey || event.metaKey) return;
    const action = all("[data-key]").find((one) => one.dataset.key.toLowerCase() === event.key.toLowerCase());
    if (action) { event.preventDefault(); action.click(); }
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id === "hits") {
      const box = $(".search-box input");
      if (box) box.dataset.asked = event.target.firstElementChild?.dataset.asked ?? box.value.trim();
      choose(0);
    }
  });

  // A picture that was chosen is sent at once where there is nothing else to say.
  document.addEventListener("change", (event) => { if (event.target.matches?.("[data-send]") && event.target.files.length) event.target.form.requestSubmit(); });

  // Anything marked data-back goes one page back; anything marked data-print prints.
  all("[data-back]").forEach((one) => { one.hidden = history.length < 2; one.addEventListener("click", () => history.back()); });
  document.addEventListener("click", (event) => { if (event.target.closest?.("[data-print]")) print(); });

  // A page that waits for something looks again by itself.
  all("[data-again]").forEach((one) => setTimeout(() => location.reload(), Number(one.dataset.again)));

  // A long list is narrowed as one types; Enter takes the one that says the least beyond what was typed, and it is
  // marked: "domisili" means the letter of that name before those of a business.  Without scripts the whole list stands.
  all("[data-filter]").forEach((box) => {
    box.closest("[data-filter-box]").hidden = false;
    const lines = all(`${box.dataset.filter} > li`);
    const size = (line) => line.textContent.trim().length;
    const nearest = () => lines.filter((line) => !line.hidden).sort((one, other) => size(one) - size(other))[0];
    box.addEventListener("input", () => {
      const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
      lines.forEach((line) => { line.hidden = !words.every((word) => line.textContent.toLowerCase().includes(word)); });
      lines.forEach((line) => line.classList.toggle("chosen", words.length > 0 && line === nearest()));
    });
    box.addEventListener("keydown", (event) => {
      const found = event.key === "Enter" && (box.value.trim() ? nearest() : lines.find((line) => !line.hidden));
      if (found) { event.preventDefault(); $("a", found).click(); }
    });
  });

  // A menu closes when one clicks elsewhere or presses Escape.
  document.addEventListener("click", (event) => all("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; }));
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") all("details.menu[open]").forEach((menu) => { menu.open = false; $("summary", menu).focus(); }); });

  // A draft that could not be kept says so: what the desk answered, or that it did not.
  const unkept = (event) => {
    const note = event.detail?.target;
    if (note?.dataset?.unkept) note.innerHTML = event.detail.xhr?.status ? event.detail.xhr.response : `<b class="mistake">${note.dataset.unkept}</b>`;
  };
  document.addEventListener("htmx:sendError", unkept);
  document.addEventListener("htmx:responseError", unkept);

  // An answer that is opened has the cursor in what it asks.
  document.addEventListener("toggle", (event) => { if (event.target.matches?.("details.answer[open]")) $("textarea", event.target)?.focus(); }, true);

  // Sets of boxes for a day: two digits typed, on to the next box.
  document.addEventListener("input", (event) => {
    const box = event.target;
    if (box.matches?.(".day-boxes input[maxlength='2']") && box.value.length === 2 && event.inputType === "insertText") {
      const boxes = all("input", box.closest(".day-boxes"));
      boxes[boxes.indexOf(box) + 1]?.focus();
    }
  });

  // The first thing to do has the focus: the first mistake, else what the page says.
  const first = $("[data-mistakes]") || $("[data-first]") || $(".guided [data-finish]:not([disabled])");
  if (first && !location.hash) first.focus({ preventScroll: !first.matches("[data-mistakes]") });
  if (first?.matches("[data-select]")) first.select(); // the next scan takes the place of the last one
})();
