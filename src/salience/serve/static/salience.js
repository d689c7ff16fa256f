/* Salience tag: what people do on this page and what they really look at, after they agreed. docs/tag.md

   Laws of this file:
   - The host page never sees an error: every way in goes through `safe`.
   - Before consent nothing is stored, nothing is sent, and no id exists.
   - Nothing of the page is changed: no prototype, no style, no element. The one global is `salience`.
   - `now` is monotonic and measures; `wall` dates. */
(function (tag) {
  try {
    tag();
  } catch (_) { /* a browser without what the tag needs goes without it */ }
})(function () {
  "use strict";

  /* What the page may redefine later is taken now. JSON is not used at all: pages break it. */
  const W = window, D = document, N = navigator, P = performance, M = Math;
  const now = P.now.bind(P), wall = Date.now, later = W.setTimeout.bind(W), stopTimer = W.clearTimeout.bind(W);
  const random = W.crypto.getRandomValues.bind(W.crypto), request = W.fetch && W.fetch.bind(W);
  const beacon = N.sendBeacon && N.sendBeacon.bind(N);
  const attributeOf = Element.prototype.getAttribute, keys = Object.keys;

  const SEND_MS = 1000, QUEUE = 200, BODY = 15000, TRIES = 8, HANG_MS = 30000, IDLE_MS = 30000, SESSION_MS = 1800000;
  const TICK_MS = 1000, CLOSE_MS = 100, GAP_MS = 3000, LEAST_MS = 200;
  const DISPLAY_MS = 1000, VIDEO_MS = 2000, PIXELS = 0.5, LARGE = 242500, LARGE_PIXELS = 0.3;
  const NAME = "salience", PARKED = NAME + ".q", MARK = "data-salience-";
  const KINDS = /^(view|click|cart|purchase|rating|search|share|follow|message|outcome|page)$/;

  const script = D.currentScript;
  const set = (name, other) => (script && attr(script, "data-" + name)) || other;
  const key = set("key", ""), auto = set("auto", "page click form scroll attention");
  const to = set("endpoint", script ? script.src.split("/").slice(0, 3).join("/") : "") + "/v1/";

  /* A browser's signal: "stop" stores and sends nothing, "limit" refuses marketing and sharing, "off" ignores it. */
  const signals = [
    N.globalPrivacyControl === true && set("gpc", "limit"),
    N.doNotTrack === "1" && set("dnt", "stop"),
  ];
  const silent = signals.includes("stop"), limited = signals.includes("limit");

  function safe(work) {
    return function () {
      try {
        return work.apply(null, arguments);
      } catch (_) { /* the page has its own worries */ }
    };
  }

  function attr(element, name) {
    return attributeOf.call(element, name) || "";
  }

  function json(value) {
    if (typeof value == "string") {
      return '"' + value.replace(/\p{Cs}/gu, "\ufffd").replace(/["\\\u0000-\u001f\u007f]/g, (c) =>
        "\\u00" + (c < "\x10" ? "0" : "") + c.charCodeAt(0).toString(16)) + '"';
    }
    if (Array.isArray(value)) return "[" + value.map(json).join() + "]";
    if (value && typeof value == "object") {
      return "{" + keys(value).filter((k) => value[k] !== undefined).map((k) => json(k) + ":" + json(value[k])).join() + "}";
    }
    return typeof value == "boolean" || typeof value == "number" && isFinite(value) ? "" + value : "null";
  }

  function fresh() {
    let made = "";
    random(new Uint8Array(16)).forEach((b) => { made += (b < 16 ? "0" : "") + b.toString(16); });
    return made;
  }

  /* --- who, and whether: one entry `salience` = "id session last-act purposes" once there is consent, none before --- */

  let id = "", session = "", acted = 0, saved = 0, choices = {}, refusals = "";

  const stored = safe((name) => W.localStorage.getItem(name));
  const keep = safe((name, value) => W.localStorage.setItem(name, value));
  const erase = safe((name) => W.localStorage.removeItem(name));
  const may = () => !silent && (choices.analytics === true || choices.personalisation === true);

  function remember() {
    const at = wall();
    if (!session || at - acted > SESSION_MS) session = fresh(), saved = 0;
    acted = at;
    if (at - saved > 60000) {
      saved = at;
      keep(NAME, [id, session, acted, keys(choices).map((purpose) => (choices[purpose] ? "+" : "-") + purpose)].join(" "));
    }
  }

  function recall() {
    const parts = (stored(NAME) || "").split(" ");
    if (!/^[0-9a-f]{32}$/.test(parts[0])) return;
    if (silent) return forget();
    parts[3].split(",").forEach((choice) => { choices[choice.slice(1)] = choice[0] == "+"; });
    refusals = refused(), id = parts[0], session = parts[1], acted = +parts[2] || 0;
    queue = (stored(PARKED) || "").split("\n").filter(Boolean);
    erase(PARKED);
    if (limited) consent({});
  }

  function forget() {
    id = session = "";
    saved = 0, queue = [], held = [];
    refusals = "", erase(NAME), erase(PARKED);
  }

  const refused = () => keys(choices).filter((purpose) => !choices[purpose]).sort().join();

  function consent(given) {
    keys(given).forEach((purpose) => { choices[purpose] = given[purpose] === true; });
    if (limited) choices.marketing = choices.sharing = false;
    if (!id && !may()) return;
    id = id || fresh(), saved = 0, remember();
    if (refused() != refusals) {
      const purposes = {};
      refusals = refused();
      refusals.split(",").filter(Boolean).forEach((purpose) => { purposes[purpose] = false; });
      if (refusals) emit({ kind: "consent", purposes });
    }
    if (may()) held.splice(0).forEach(stamp), plan(SEND_MS);
    else flush(true), forget();
  }

  /* --- the way out: held (no consent yet, objects without ids) -> queue (lines of JSON) -> server --- */

  let held = [], queue = [], failures = 0, busy = false, parked = false, sending = 0;

  function emit(event) {
    if (silent || !key) return;
    event.time = event.time || wall();
    if (id) stamp(event), plan(queue.length < 50 ? SEND_MS : 0);
    else if (held.push(event) > QUEUE) held.shift();
  }

  function stamp(event) {
    remember();
    event.id = fresh(), event.anonymous = id, event.session = session;
    if (N.webdriver) event.context = { webdriver: true };
    const line = json(event);
    if (line.length < BODY && queue.push(line) > QUEUE) queue.shift();
  }

  function plan(ms) {
    if (!sending && !busy && failures < TRIES) sending = later(safe(() => { sending = 0, flush(); }), ms);
  }

  function take() {
    let size = 0, count = 0;
    while (count < queue.length && (!count || size + queue[count].length < BODY)) size += queue[count++].length;
    return queue.splice(0, count);
  }

  /* `sent` lets the server set right what a wrong clock wrote. */
  const body = (batch) => '{"sent":' + wall() + ',"events":[' + batch + "]}";

  /* text/plain, and the public key in the address: then neither a fetch nor a beacon needs a preflight. */
  function flush(leaving) {
    const url = to + "collect?key=" + encodeURIComponent(key);
    if (leaving) {
      while (queue.length && !failures && N.onLine !== false && beacon) {
        const batch = take();
        if (!beacon(url, body(batch))) { queue = batch.concat(queue); break; }
      }
      /* Kept in memory too: a hidden page may come back. Sent twice counts once, by the ids. */
      if (queue.length && may()) parked = true, keep(PARKED, queue.join("\n"));
    } else if (queue.length && !busy && N.onLine !== false && request) {
      const batch = take();
      let open = busy = true;
      const done = safe((again, wait) => {
        if (!open) return;
        open = busy = false;
        failures = again ? failures + 1 : 0;
        if (again && id) queue = batch.concat(queue).slice(-QUEUE);
        if (!again && parked && !queue.length) parked = false, erase(PARKED);
        if (queue.length) plan(wait || (again ? M.min(60000, 500 * 2 ** failures) * (0.5 + M.random()) : 0));
      });
      request(url, { method: "POST", body: body(batch), keepalive: true, credentials: "omit", referrerPolicy: "origin" })
        .then((answer) => {
          const after = answer.headers.get("Retry-After"), wait = after > 0 ? after * 1000 : Date.parse(after) - wall();
          done(answer.status > 499 || answer.status == 429 || answer.status == 408, wait > 0 && M.min(wait, 3600000) * (1 + M.random() / 4));
        })
        .catch(() => done(true));
      later(() => done(true), HANG_MS);
    }
  }

  /* --- time: everything that lasts is added up here, and only here --- */

  let last = now(), touched = last, alive = false, page = null, timer = 0;

  function advance() {
    const at = now(), gone = at - last, break_ = gone > GAP_MS;
    const active = M.max(0, M.min(at, touched + IDLE_MS) - last);
    last = at;
    /* A gap is a machine that slept or a page that froze: nobody can say what was seen, so every stretch ends. */
    if (break_) units.forEach(close);
    else if (alive) {
      [page, ...units.values()].forEach((one) => {
        if (one && one.on) one.visible += gone, one.active += active;
      });
    }
  }

  function open(one) {
    one.on = true, one.began = wall(), one.visible = one.active = 0;
    one.share = one.ratio || 1;
    if (one.video) one.fresh = length(one.video);
  }

  function close(one) {
    if (one.on && one.visible >= LEAST_MS) {
      emit({ kind: "exposure", ...named(one), time: one.began, visible_ms: M.round(one.visible),
        active_ms: M.round(one.active), share: one.page ? 1 : round(one.share), depth: round(one.depth), page: one.page });
    }
    one.on = false;
  }

  const round = (share) => M.round(M.min(share || 0, 1) * 1000) / 1000;

  function named(unit) {
    return { item: unit.item, slot: unit.slot, decision: unit.decision, position: unit.position };
  }

  /* --- attention: MRC viewable impressions. 50 % of the pixels (30 % of more than 242,500) for one continuous second in
     a visible, focused tab; a video two seconds of play that was not played before. Pixels are tested before time. --- */

  const units = new Map(), counted = new Set(), decisions = {};
  let space = null, sight = null;

  function seen(entries) {
    advance();
    entries.forEach((entry) => {
      const unit = units.get(entry.target), box = entry.boundingClientRect;
      if (!unit) return;
      unit.ratio = entry.isIntersecting ? entry.intersectionRatio : 0;
      const part = entry.intersectionRect;
      unit.cut = [part.left - box.left, part.top - box.top, part.width / 5, part.height / 5];
      unit.need = box.width * box.height > LARGE ? LARGE_PIXELS : PIXELS;
    });
    look();
  }

  /* Whether enough of the unit is in view and nothing lies on it: where the browser does not vouch for it
     (IntersectionObserver v2), 25 points of the part in view are tried. */
  function inView(unit, sure) {
    const enough = unit.need - 0.001, element = unit.element;
    if (!(unit.ratio >= enough)) return false;
    if (unit.clear && !sure) return true;
    if (element.checkVisibility && !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return false;
    const box = element.getBoundingClientRect(), [left, top, wide, high] = unit.cut;
    let free = 0;
    for (let n = 0; n < 25; n++) {
      const hit = D.elementFromPoint(box.left + left + (n % 5 + 0.5) * wide, box.top + top + ((n / 5 | 0) + 0.5) * high);
      if (hit && (element.contains(hit) || hit.contains(element))) free++;
    }
    return unit.ratio * free / 25 >= enough;
  }

  const plays = (video) => !video.paused && !video.ended && video.readyState > 2;

  function length(video) {
    let sum = 0;
    for (let n = 0; n < video.played.length; n++) sum += video.played.end(n) - video.played.start(n);
    return sum;
  }

  /* The one place that decides: what began, what ended, what counts; and when to look again. */
  function look() {
    advance();
    alive = D.visibilityState == "visible" && D.hasFocus();
    let wait = alive && page ? TICK_MS : 0;
    if (page && alive && !page.on) open(page);
    units.forEach(safe((unit) => {
      if (alive && inView(unit) && (!unit.video || plays(unit.video))) {
        if (!unit.on) open(unit);
        unit.share = M.max(unit.share, unit.ratio);
        const left = (unit.video ? VIDEO_MS : DISPLAY_MS) - unit.visible;
        if (counted.has(unit.key)) return;
        if (left > 0.5) wait = M.min(wait, M.max(left, 1), CLOSE_MS);
        else if (unit.video && (length(unit.video) - unit.fresh) * 1000 < VIDEO_MS) wait = M.min(wait, CLOSE_MS);
        else if (!inView(unit, true)) close(unit);
        else {
          counted.add(unit.key);
          emit({ kind: "impression", ...named(unit) });
        }
      } else close(unit);
    }));
    stopTimer(timer);
    if (wait) timer = later(safe(tick), wait);
  }

  function tick() {
    moved();
    const waiting = space ? space.takeRecords() : [];
    waiting.length ? seen(waiting) : look();
  }

  function scan() {
    scanning = 0;
    advance();
    units.forEach((unit, element) => {
      if (!element.isConnected) close(unit), units.delete(element), space.unobserve(element), sight.unobserve(element);
    });
    D.querySelectorAll("[" + MARK + "slot],[" + MARK + "item]").forEach((element) => {
      const about = facts(element), known = units.get(element);
      about.key = [about.item, about.slot, about.decision].join("\n");
      if (known && known.key == about.key && known.video == about.video) return;
      if (known) close(known), Object.assign(known, about);
      else units.set(element, Object.assign(about, { element, ratio: 0, need: 1 })), space.observe(element), sight.observe(element);
    });
    look();
  }

  function facts(element) {
    const own = (name) => {
      const holder = element.closest("[" + MARK + name + "]");
      return holder ? attr(holder, MARK + name) : "";
    };
    const item = attr(element, MARK + "item"), slot = own("slot");
    const row = item && element.closest("[" + MARK + "slot]");
    return {
      item, slot,
      decision: own("decision") || decisions[slot] || "",
      position: row && row != element ? M.max(0, [...row.querySelectorAll("[" + MARK + "item]")].indexOf(element)) : 0,
      video: element.tagName == "VIDEO" ? element : item ? element.querySelector("video") : null,
    };
  }

  let scanning = 0;
  const rescan = safe(() => { scanning = scanning || later(safe(scan), CLOSE_MS); });

  function watch() {
    const steps = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((n) => n / 10);
    space = new IntersectionObserver(safe(seen), { threshold: steps });
    sight = new IntersectionObserver(safe((entries) => {
      entries.forEach((entry) => {
        const unit = units.get(entry.target);
        if (unit) unit.clear = entry.isVisible === true;
      });
      look();
    }), { threshold: steps, trackVisibility: true, delay: 100 });
    new MutationObserver(rescan).observe(D, {
      subtree: true, childList: true, attributes: true,
      attributeFilter: [MARK + "slot", MARK + "item", MARK + "decision"],
    });
    scan();
  }

  /* --- pages: the address is watched, history is left alone --- */

  const path = () => W.location.pathname + (/^#[/!]/.test(W.location.hash) ? W.location.hash.split("?")[0] : "");
  const bare = (url) => (/^https?:/.test(url) ? url.split(/[?#]/)[0] : url.split(":")[0]).slice(0, 2048);

  function arrive(referrer) {
    page = { page: path().slice(0, 2048), depth: 0 };
    touched = now();
    counted.clear();
    if (wants("page")) emit({ kind: "page", page: page.page, title: referrer ? "" : D.title.slice(0, 256), referrer: referrer || bare(D.referrer) });
    scroll();
    look();
  }

  function moved() {
    if (!page || page.page == path().slice(0, 2048)) return;
    const from = page.page;
    leave();
    arrive(from);
  }

  function leave() {
    advance();
    scroll();
    units.forEach(close);
    if (page && wants("attention")) close(page);
    else if (page) page.on = false;
  }

  function scroll() {
    const root = D.scrollingElement;
    if (page && root && wants("scroll")) page.depth = M.max(page.depth, (W.scrollY + W.innerHeight) / root.scrollHeight);
  }

  /* --- deeds --- */

  const wants = (part) => (" " + auto + " ").includes(" " + part + " ");
  const closest = (event, what) => {
    const target = event.target;
    return target && target.closest && target.closest(what);
  };

  function clicked(event) {
    if (event.type == "auxclick" && event.button != 1) return;
    const item = closest(event, "[" + MARK + "item]"), link = closest(event, "a[href]");
    if (item) emit({ kind: "click", ...named(facts(item)) });
    else if (link) emit({ kind: "action", name: "link", properties: { href: bare(link.href) } });
  }

  /* Names only. A value never leaves the form. */
  function submitted(event) {
    const form = event.target, names = new Set();
    Element.prototype.querySelectorAll.call(form, "input,select,textarea").forEach((field) => names.add(attr(field, "name")));
    emit({ kind: "action", name: "form", properties: {
      form: attr(form, "name") || attr(form, "id"), fields: [...names].filter(Boolean).slice(0, 50).join(),
    } });
  }

  function touch() {
    if (now() - touched < 500) return;
    advance();
    touched = now();
    scroll();
  }

  function on(target, names, work) {
    names.split(" ").forEach((name) => target.addEventListener(name, safe(work), { capture: true, passive: true }));
  }

  function start() {
    last = now();
    on(W, "pointerdown pointermove keydown wheel touchstart scroll", touch);
    if (wants("click")) on(D, "click auxclick", clicked);
    if (wants("form")) on(D, "submit", submitted);
    on(W, "focus blur", look);
    on(D, "play playing pause ended waiting", look);
    on(W, "popstate hashchange", moved);
    if (W.navigation && W.navigation.addEventListener) on(W.navigation, "currententrychange", moved);
    on(W, "online", () => { failures = 0, flush(); });
    on(D, "visibilitychange", () => {
      if (D.visibilityState == "hidden") leave(), alive = false, flush(true);
      look();
    });
    on(W, "pagehide", () => { leave(), flush(true); });
    arrive("");
    if (wants("attention")) safe(watch)();
    if (queue.length) plan(SEND_MS);
  }

  /* --- the one global --- */

  const api = {
    consent: safe((given) => consent(given || {})),
    track: safe((name, properties) => {
      if (KINDS.test(name)) emit({ ...properties, kind: name });
      else emit({ kind: "action", name: ("" + name).slice(0, 128), properties: properties || {} });
    }),
    identify: safe((traits) => emit({ kind: "identify", traits: traits || {} })),
    id: () => id,
    reset: safe(() => {
      leave(), flush(true), forget();
      if (may()) id = fresh(), remember();
      counted.clear(), look();
    }),
    recommend: safe((slot, wanted) => {
      if (!id) return Promise.resolve(null);
      return request(to + "recommend?key=" + encodeURIComponent(key), {
        method: "POST", credentials: "omit", headers: { "Content-Type": "application/json" },
        body: json({ ...wanted, slot, anonymous: id }),
      }).then((answer) => (answer.ok ? answer.json() : null)).then((answer) => {
        if (answer) decisions[slot] = answer.decision, rescan();
        return answer;
      }).catch(() => null);
    }),
  };

  safe(() => {
    const waiting = W.salience;
    W[NAME] = api;
    recall();
    if (set("consent", "")) {
      const given = {};
      set("consent", "").split(/[ ,]+/).forEach((purpose) => { given[purpose] = true; });
      consent(given);
    }
    if (D.prerendering) on(D, "prerenderingchange", start);
    else start();
    if (Array.isArray(waiting)) waiting.forEach((call) => api[call[0]](...call.slice(1)));
  })();
});
