// Film cards, and rows that change without losing the reader: what stays moves, what is new arrives.

import { cover, leading, parts } from "./cover.js";
import { genre, percent, t } from "./words.js";

const still = matchMedia("(prefers-reduced-motion: reduce)");

function make(name, className, text) {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

export function reasonText(reason) {
  const share = reason.shares.reduce((sum, one) => sum + one, 0);
  return share ? `${reason.text}${t("colon")}${percent(share)}` : reason.text;
}

// One film as a list item: cover, year and genres, and the reason where there is one.
export function card(film, { onClick, chosen = false } = {}) {
  const li = make("li", "film");
  li.dataset.item = film.item;
  const button = make("button", "film-button");
  button.type = "button";
  const { year } = parts(film.title);
  const words = make("span", "film-words");
  const kind = leading(film.categories);
  const title = make("span", "film-title", parts(film.title).name);
  title.lang = "en";
  words.append(title, make("span", "film-meta", [year, kind && genre(kind)].filter(Boolean).join(t("comma"))));
  button.append(cover(film), words);
  if (film.reason) {
    li.dataset.code = film.reason.code;
    li.dataset.because = film.reason.because_items.join(" ");
    words.append(reasonLine(film.reason));
  }
  if (chosen) markChosen(li, button);
  button.addEventListener("click", () => onClick(film, li));
  li.append(button);
  return li;
}

function reasonLine(reason) {
  const line = make("span", `reason ${reason.code}`, reasonText(reason));
  const share = reason.shares.reduce((sum, one) => sum + one, 0);
  if (share) {
    const bar = make("span", "share");
    bar.setAttribute("aria-hidden", "true");
    bar.style.setProperty("--share", String(Math.min(1, share)));
    line.append(bar);
  }
  return line;
}

export function markChosen(li, button = li.querySelector("button")) {
  if (li.classList.contains("chosen-film")) return;
  li.classList.add("chosen-film");
  button.append(make("span", "tick", t("clicked")));
}

// Replace the films of a row. Returns how many were not there before. FLIP: measure, change, move back, let go.
export function change(list, cards, { first = false } = {}) {
  const places = new Map([...list.children].map((li) => [li.dataset.item, li.getBoundingClientRect()]));
  const focused = list.contains(document.activeElement) ? [...list.children].indexOf(document.activeElement.closest("li")) : -1;
  list.replaceChildren(...cards);
  let fresh = 0;
  cards.forEach((li, place) => {
    const before = places.get(li.dataset.item);
    if (!before) fresh += 1;
    if (!before && !first) {
      li.classList.add("fresh");
      li.querySelector(".cover").append(make("span", "badge", t("fresh")));
    }
    if (still.matches || first) return;
    if (before) {
      const now = li.getBoundingClientRect();
      li.animate([{ transform: `translate(${before.left - now.left}px, ${before.top - now.top}px)` }, { transform: "none" }], { duration: 520, easing: "cubic-bezier(.2,.8,.2,1)" });
    } else {
      li.animate([{ opacity: 0, transform: "translateY(18px) scale(.94)" }, { opacity: 1, transform: "none" }], { duration: 560, delay: 50 * place, easing: "cubic-bezier(.2,.8,.2,1)", fill: "backwards" });
    }
  });
  if (focused >= 0) list.children[Math.min(focused, list.children.length - 1)]?.querySelector("button").focus({ preventScroll: true });
  return fresh;
}
