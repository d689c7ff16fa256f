// The page: a visitor, two rows that the engine fills, a catalogue to browse, and the panel beside it.

import * as api from "./api.js";
import { parts } from "./cover.js";
import { card, change, markChosen } from "./films.js";
import * as panel from "./panel.js";
import { Watch } from "./watch.js";
import { count, current, genre, percent, speak, t } from "./words.js";

const $ = (id) => document.getElementById(id);
const ROW = 6;
const PAGE = 12;
const LAYOUTS = ["posters", "list"];
const PULSE_MS = 1500;

// A visitor lives in this object and nowhere else: no cookie, no storage. Reloading the page forgets.
let visitor = newVisitor();
const rows = { "for-you": null, discover: null };
const shelf = { query: "", category: "", films: [] };
let turn = 0;

function newVisitor() {
  return { anonymous: api.randomId(), session: api.randomId(6), chosen: new Map() };
}

const who = () => ({ anonymous: visitor.anonymous, session: visitor.session });
const name = (film) => parts(film.title).name;

async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    panel.happened("did_fail", []);
    document.documentElement.dataset.fault = error.message;
    return null;
  }
}

// --- the two rows -----------------------------------------------------------------------------------------------------

function ask(slot) {
  const other = slot === "discover" ? rows["for-you"] : null;
  return api.recommend({
    ...who(),
    slot,
    k: ROW,
    language: current(),
    personalise: $("personalise").checked,
    ...(slot === "discover" ? { layouts: LAYOUTS, exclude: other ? other.items.map((film) => film.item) : [] } : {}),
  });
}

function place(slot, list, answer, first) {
  const before = rows[slot];
  rows[slot] = answer;
  const cards = answer.items.map((film, position) => card(film, { onClick: (chosen) => choose(chosen, { slot, decision: answer.decision, position }) }));
  return change(list, cards, { first: first || !before });
}

// Returns how many films are new; undefined if a newer answer overtook this one.
async function renewForYou({ began = performance.now(), first = false } = {}) {
  const mine = ++turn;
  const answer = await ask("for-you");
  if (mine !== turn) return undefined;
  const ms = Math.round(performance.now() - began);
  let fresh = 0;
  watching["for-you"].renew(() => { fresh = place("for-you", $("for-you-row"), answer, first); });
  $("for-you-row").dataset.decision = answer.decision;
  panel.rung(answer.rung);
  panel.delay(ms);
  why(answer);
  return { fresh, ms, of: answer.items.length };
}

async function renewDiscover(first = false) {
  const answer = await ask("discover");
  watching.discover.renew(() => {
    const list = $("discover");
    list.className = answer.layout?.chosen ?? "posters";
    list.dataset.decision = answer.decision;
    place("discover", list, answer, first);
  });
  layoutLine();
  panel.draws(answer.layout);
}

function layoutLine() {
  const layout = rows.discover?.layout;
  $("discover-why").textContent = layout ? t("layoutIs", t(layout.chosen), percent(layout.probabilities[layout.offered.indexOf(layout.chosen)])) : "";
}

function why(answer) {
  const clicks = visitor.chosen.size;
  const model = clicks === 1 ? t("whyModelOne") : t("whyModel", clicks);
  const plain = !$("personalise").checked;
  const lines = { model, content: model, segment: t("whyPopular"), popular: t("whyPopular"), catalogue: t("whyCatalogue"), empty: t("whyEmpty") };
  $("for-you-why").textContent = plain ? t("whyPlain") : lines[answer.rung];
}

const watching = Object.fromEntries(
  [["for-you", $("for-you-row"), "forYou"], ["discover", $("discover"), "discover"]].map(([slot, element, title]) => [
    slot,
    new Watch(element, (visible, first) => {
      const answer = rows[slot];
      if (!answer) return;
      api.collect([{ kind: "impression", ...who(), decision: answer.decision, slot, visible_ms: visible }], { leaving: !first }).catch(() => {});
      if (first) panel.happened("did_seen", [t(title)], { aloud: false });
    }),
  ]),
);

// --- what a visitor does ----------------------------------------------------------------------------------------------

async function choose(film, from = {}) {
  const began = performance.now();
  visitor.chosen.set(film.item, film);
  for (const li of document.querySelectorAll("#browse .film")) if (li.dataset.item === film.item) markChosen(li);
  chosenLine();
  await attempt(async () => {
    await api.collect([{ kind: "click", ...who(), item: film.item, ...from }]);
    const changed = await renewForYou({ began });
    if (changed) {
      const { fresh, ms, of } = changed;
      if (fresh) panel.happened("did_click", [name(film), fresh, of, count(ms)]);
      else panel.happened("did_same", [name(film), count(ms)]);
    }
    // The second row changes when it was used, or while nobody looks at it: never under the reader's eyes.
    if (from.slot === "discover" || !watching.discover.inView) await renewDiscover();
    await beat();
  });
}

function chosenLine() {
  const line = $("chosen");
  line.hidden = visitor.chosen.size === 0;
  const title = document.createElement("span");
  title.className = "quiet";
  title.textContent = t("chosen");
  const films = [...visitor.chosen.values()].slice(-6).reverse().map((film) => {
    const chip = document.createElement("span");
    chip.className = "chosen-chip";
    chip.lang = "en";
    chip.textContent = name(film);
    return chip;
  });
  line.replaceChildren(title, ...films);
}

async function others() {
  const answer = rows.discover;
  await attempt(async () => {
    if (answer?.layout) {
      // Passed over: the policy is told at once instead of waiting for a click that will not come.
      await api.outcomes([{ ...who(), decision: answer.decision, slot: "discover", metric: "passed-over", value: 0 }]);
      panel.happened("did_pass", [t(answer.layout.chosen)]);
    }
    await renewDiscover();
    await beat();
  });
}

async function personalise() {
  const given = $("personalise").checked;
  await attempt(async () => {
    await renewForYou();
    await renewDiscover();
    panel.happened(given ? "did_on" : "did_off", []);
  });
}

async function start(first = false) {
  whoLine();
  chosenLine();
  await attempt(async () => {
    const began = await renewForYou({ first });
    await renewDiscover(first);
    if (began) panel.happened("did_first", [began.of, count(began.ms)], { aloud: false });
  });
}

async function reset() {
  watching["for-you"].end();
  watching.discover.end();
  visitor = newVisitor();
  $("personalise").checked = true;
  showFilms();
  panel.happened("did_visit", []);
  await start();
  scrollTo({ top: 0, behavior: "auto" });
}

const whoLine = () => { $("who").textContent = t("visitor", visitor.anonymous.slice(0, 4)); };

// --- the catalogue ----------------------------------------------------------------------------------------------------

async function loadFilms({ more = false } = {}) {
  const asked = { query: shelf.query, category: shelf.category, limit: String(PAGE), offset: String(more ? shelf.films.length : 0) };
  const wanted = `${shelf.query}|${shelf.category}`;
  const found = await attempt(() => api.films(asked));
  if (!found || wanted !== `${shelf.query}|${shelf.category}`) return;
  shelf.films = more ? [...shelf.films, ...found] : found;
  showFilms();
  $("more").hidden = found.length < PAGE;
}

function showFilms() {
  $("browse").replaceChildren(...shelf.films.map((film) => card(film, { onClick: (chosen) => choose(chosen), chosen: visitor.chosen.has(film.item) })));
  $("found").textContent = shelf.films.length ? t("found", count(shelf.films.length)) : t("nothing");
}

let typing = 0;
function search() {
  shelf.query = $("query").value.trim();
  clearTimeout(typing);
  typing = setTimeout(async () => {
    await loadFilms();
    if (shelf.query.length < 2) return;
    panel.happened("did_search", [shelf.query], { aloud: false });
    api.collect([{ kind: "search", ...who(), query: shelf.query, results: shelf.films.length }]).catch(() => {});
  }, 350);
}

let known = [];
function showGenres() {
  $("genres").replaceChildren(...["", ...known.map(([title]) => title)].map((title) => {
    const chip = document.createElement("button");
    chip.type = "button";
    chip.className = "chip";
    chip.dataset.genre = title;
    chip.textContent = title ? genre(title) : t("all");
    chip.setAttribute("aria-pressed", String(shelf.category === title));
    chip.addEventListener("click", () => {
      shelf.category = title;
      for (const other of $("genres").children) other.setAttribute("aria-pressed", String(other === chip));
      loadFilms();
    });
    return chip;
  }));
}

// --- the loop ---------------------------------------------------------------------------------------------------------

async function beat() {
  panel.show(await api.pulse());
}

async function beatAlways() {
  if (document.visibilityState === "visible") await beat().catch(() => {});
  setTimeout(beatAlways, PULSE_MS);
}

async function setLanguage(language) {
  speak(language);
  history.replaceState(null, "", `?lang=${language}`);
  document.title = t("title");
  panel.empty();
  showGenres();
  showFilms();
  panel.show();
  await start(true);
}

async function open() {
  speak(current());
  document.title = t("title");
  for (const button of document.querySelectorAll("[data-language]")) button.addEventListener("click", () => setLanguage(button.dataset.language));
  $("reset").addEventListener("click", reset);
  $("others").addEventListener("click", others);
  $("personalise").addEventListener("change", personalise);
  $("query").addEventListener("input", search);
  $("more").addEventListener("click", () => loadFilms({ more: true }));
  await Promise.all([start(true), loadFilms(), attempt(async () => { known = await api.genres(); showGenres(); })]);
  document.documentElement.dataset.ready = "yes";
  beatAlways();
}

open();
