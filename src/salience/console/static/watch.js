// Viewable impressions: at least half of a row in view, in a visible tab, for one second. Then the rest of the time it
// stayed in view, as a second event when it leaves. Time is measured, never assumed.

const SHARE = 0.5;
const LEAST_MS = 1000;

export class Watch {
  // `report(visibleMs, first)` is called with measured milliseconds.
  constructor(element, report) {
    this.report = report;
    this.inView = false;
    this.begun = 0;
    this.told = 0;
    this.timer = 0;
    this.seen = false;
    new IntersectionObserver(([entry]) => {
      this.inView = entry.intersectionRatio >= SHARE || entry.intersectionRect.height >= innerHeight * SHARE;
      this.check();
    }, { threshold: [0, 0.25, SHARE, 0.75, 1] }).observe(element);
    document.addEventListener("visibilitychange", () => this.check());
    addEventListener("pagehide", () => this.end());
  }

  check() {
    if (this.inView && document.visibilityState === "visible") this.begin();
    else this.end();
  }

  begin() {
    if (this.begun) return;
    this.begun = performance.now();
    this.told = 0;
    this.timer = setTimeout(() => this.tell(true), LEAST_MS);
  }

  tell(first) {
    const visible = Math.round(performance.now() - this.begun);
    const ms = visible - this.told;
    this.told = visible;
    this.seen = true;
    this.report(ms, first);
  }

  end() {
    clearTimeout(this.timer);
    if (this.begun && this.told && performance.now() - this.begun - this.told >= 250) this.tell(false);
    this.begun = 0;
  }

  // The row has new contents: close the account of the old ones, begin that of the new.
  renew(change) {
    this.end();
    change();
    this.seen = false;
    this.check();
  }
}
