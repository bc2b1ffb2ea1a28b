// Cards over links: the meaning of a glossary term, and the formula of an equation. A card shows while the
// pointer is over its link or over the card itself, or while the link has the focus; Escape takes it away.
// Without this script a link is a link. On a touch screen nothing hovers, and a tap follows the link.
document.addEventListener("DOMContentLoaded", () => {
  const card = document.createElement("div");
  card.id = "hover-card";
  card.setAttribute("role", "tooltip");
  card.hidden = true;
  document.body.append(card);
  let shown = null;
  let waiting = 0;

  function fill(link) {
    card.replaceChildren();
    if (link.dataset.card) {
      card.textContent = link.dataset.card;
      return;
    }
    const place = document.createElement("div");
    place.className = "mathjax_process math";
    place.textContent = `\\[${link.dataset.formula}\\]`;
    card.append(place);
    window.MathJax?.typesetPromise?.([place]);
  }

  function show(link) {
    clearTimeout(waiting);
    if (shown === link) return;
    hide();
    fill(link);
    shown = link;
    link.setAttribute("aria-describedby", card.id);
    card.hidden = false;
    const at = link.getClientRects()[0];
    const left = Math.min(at.left, document.documentElement.clientWidth - card.offsetWidth - 8);
    const below = at.bottom + 6 + card.offsetHeight < innerHeight;
    card.style.left = `${Math.max(8, left) + scrollX}px`;
    card.style.top = `${(below ? at.bottom + 6 : at.top - 6 - card.offsetHeight) + scrollY}px`;
  }

  function hide() {
    clearTimeout(waiting);
    shown?.removeAttribute("aria-describedby");
    shown = null;
    card.hidden = true;
  }

  const soon = (action, delay) => {
    clearTimeout(waiting);
    waiting = setTimeout(action, delay);
  };
  for (const link of document.querySelectorAll("article a[data-card], article a[data-formula]")) {
    link.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && soon(() => show(link), 150));
    link.addEventListener("pointerleave", () => soon(hide, 200));
    link.addEventListener("focus", () => link.matches(":focus-visible") && show(link));
    link.addEventListener("blur", hide);
  }
  card.addEventListener("pointerenter", () => clearTimeout(waiting));
  card.addEventListener("pointerleave", () => soon(hide, 200));
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
});
