// The side panel: the loop as the engine sees it, in numbers that move.

import { count, current, has, percent, t } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const $ = (id) => document.getElementById(id);
const LOG_LENGTH = 40;
const delays = [];
let last = null;
let drawn = null;

// The arms of the newest draw, for as long as the engine has learned nothing about them.
export function draws(layout) {
  drawn = layout;
  show();
}

function make(name, className, text) {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function put(element, text) {
  if (element.textContent === text) return;
  element.textContent = text;
  element.classList.remove("moved");
  void element.offsetWidth; // starts the animation again
  element.classList.add("moved");
}

export function delay(ms) {
  delays.push(ms);
  if (delays.length > 24) delays.shift();
  put($("delay"), count(ms));
  $("beat").classList.remove("on");
  void $("beat").offsetWidth;
  $("beat").classList.add("on");
  const most = Math.max(...delays, 1), step = 76 / Math.max(delays.length - 1, 7);
  const points = delays.map((value, i) => `${(2 + i * step).toFixed(1)},${(37 - (value / most) * 32).toFixed(1)}`);
  const line = document.createElementNS(SVG, "polyline");
  line.setAttribute("points", points.join(" "));
  const dot = document.createElementNS(SVG, "circle");
  const [x, y] = points.at(-1).split(",");
  dot.setAttribute("cx", x);
  dot.setAttribute("cy", y);
  dot.setAttribute("r", "2.5");
  $("spark").replaceChildren(line, dot);
}

export function rung(name) {
  put($("rung"), t(`rung_${name}`));
}

export function happened(key, values, { aloud = true } = {}) {
  const li = make("li");
  const time = make("time", "", new Intl.DateTimeFormat(current(), { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(new Date()));
  const text = t(key, ...values);
  li.append(time, make("span", "", text));
  $("log").prepend(li);
  while ($("log").children.length > LOG_LENGTH) $("log").lastElementChild.remove();
  if (!aloud) return;
  $("ticker-text").textContent = text;
  $("said").textContent = text;
}

export function empty() {
  $("log").replaceChildren();
}

export function show(pulse = last) {
  if (!pulse) return;
  last = pulse;
  put($("events"), count(pulse.events));
  put($("decisions"), count(pulse.decisions));
  put($("rewards"), count(pulse.rewards));
  put($("model"), pulse.model || t("noModel"));
  const measured = pulse.freshness_ms_p50 !== null && pulse.freshness_ms_p95 !== null;
  $("freshness").textContent = measured ? t("freshness", count(Math.round(pulse.freshness_ms_p50)), count(Math.round(pulse.freshness_ms_p95))) : "–";
  ledger(pulse);
  arms(pulse.arms.filter((arm) => arm.slot === "discover"));
  attention(pulse.attention);
}

function ledger(pulse) {
  const part = (name, sign) => [make("span", "sign", sign), make("b", "", count(pulse[name])), make("span", "of", t(name))];
  const verdict = make("span", pulse.balanced ? "good" : "bad", `${pulse.balanced ? "✓" : "✗"} ${t(pulse.balanced ? "balanced" : "unbalanced")}`);
  const terms = [["received", ""], ["stored", "="], ["duplicate", "+"], ["failed", "+"], ["refused", "+"]].map(([name, sign]) => {
    const term = make("span", "term");
    term.append(...part(name, sign));
    return term;
  });
  $("ledger").replaceChildren(...terms, verdict);
}

function arms(judged) {
  const never = drawn?.offered.filter((name) => !judged.some((arm) => arm.name === name)) ?? [];
  const chance = (name) => drawn.probabilities[drawn.offered.indexOf(name)];
  // The engine knows only arms that were judged. While one was not, the newest draw says what all of them were drawn with.
  const found = never.length
    ? [...judged.map((arm) => ({ ...arm, probability: chance(arm.name) ?? 0 })), ...never.map((name) => ({ name, trials: 0, reward: 0, mean: 0, probability: chance(name) }))]
    : [...judged];
  found.sort((a, b) => (a.name < b.name ? 1 : -1));
  if (!found.length) {
    $("arms").replaceChildren(make("p", "quiet small", t("noArms")));
    return;
  }
  const known = new Map([...$("arms").querySelectorAll(".arm")].map((element) => [element.dataset.arm, element]));
  $("arms").replaceChildren(...found.map((arm) => {
    const box = known.get(arm.name) ?? make("div", "arm");
    box.dataset.arm = arm.name;
    box.dataset.trials = arm.trials;
    box.dataset.reward = arm.reward;
    const bar = box.querySelector(".bar") ?? make("div", "bar");
    const head = make("p", "arm-head");
    head.append(make("b", "", has(`arm_${arm.name}`) ? t(`arm_${arm.name}`) : arm.name), make("span", "quiet", t("drawnNext", percent(arm.probability))));
    box.replaceChildren(head, bar, make("p", "quiet small", t("judged", count(arm.trials), count(Math.round(arm.reward * 100) / 100), percent(arm.mean))));
    bar.style.setProperty("--share", String(arm.probability));
    return box;
  }));
}

function attention(slots) {
  const rows = slots.map((slot) => {
    const row = make("div");
    const key = `slot_${slot.slot.replaceAll("-", "_")}`;
    row.append(make("dt", "", has(key) ? t(key) : slot.slot), make("dd", "", t("seconds", count(Math.round(slot.visible_seconds)), count(slot.clicks))));
    return row;
  });
  $("attention").replaceChildren(...(rows.length ? rows : [make("p", "quiet small", t("noAttention"))]));
}
