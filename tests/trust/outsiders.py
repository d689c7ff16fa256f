"""Marks of who is not to be believed: machines (S29), a stolen public key (S31), channels and catalogues (S33), and the
page that the tag stands in (S36)."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import numpy as np

from salience import Engine
from salience.cli import main
from salience.collect import accept as door
from salience.collect import pace, rules
from salience.collect.sender import Door, Sender
from salience.collect.sources.pump import pump
from salience.collect.sources.source import Taken
from salience.engine.purging import Purging
from salience.serve import keys as guard
from salience.serve import rates, tag
from salience.serve.app import app
from salience.serve.run import background
from salience.store import home
from tests.console.shop import ARGUMENTS, chromium
from tests.serve.tag.test_hostile import BLOCKED, FROZEN, REDEFINED, SHAPE
from tests.serve.test_tag import BUDGET
from tests.trust.marks import Mark, NotRun, Patch, expect, mark, quiet

NOW = 1_760_000_000_000

# --- S29 --------------------------------------------------------------------------------------------------------------

_NAMED = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36",
    "Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)",
    "Screaming Frog SEO Spider/20.0",
    "UptimeRobot/2.0 (http://www.uptimerobot.com/)",
    "Scrapy/2.11.2 (+https://scrapy.org)",
)
_SYSTEMS = (
    "Windows NT 10.0; Win64; x64",
    "Macintosh; Intel Mac OS X 10_15_7",
    "X11; Linux x86_64",
    "Linux; Android 14; SM-S918B",
    "Linux; Android 10; CUBOT X30",
    "Linux; Android 13; Robotics R1",
    "iPhone; CPU iPhone OS 17_5 like Mac OS X",
    "iPad; CPU OS 16_6 like Mac OS X",
)
_BROWSERS = (
    "Chrome/126.0.0.0 Safari/537.36",
    "Chrome/110.0.5481.65 Mobile Safari/537.36",
    "Version/17.5 Mobile/15E148 Safari/604.1",
    "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
    "Chrome/111.0 MicroMessenger/8.0.49 Mobile Safari/537.36",
    "SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36",
)
_AGENTS = tuple(
    f"Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) {b}" for system in _SYSTEMS for b in _BROWSERS
)


def _visit(gate: Door, name: str, times: list[int], agent: str, context: dict[str, Any]) -> list[Any]:
    """One visitor's looks, as their browser sends them; each in a call of its own."""
    found: list[Any] = []
    for n, time in enumerate(times):
        sent = {"kind": "view", "id": f"{name}-{n}", "anonymous": name, "item": f"i{n % 9}", "time": time}
        sender = Sender(public=True, agent=agent)
        found += door.accept(
            [{**sent, "context": context} if context else sent], now=time, source="http", sender=sender, door=gate
        ).events
    return found


def _person(rng: np.random.Generator) -> list[int]:
    """Looks as people make them: seconds of reading, now and then ten tabs opened in a row, or a double click."""
    gaps = rng.lognormal(2.0, 1.2, int(rng.integers(2, 60)))
    if rng.random() < 0.4:
        at = int(rng.integers(len(gaps)))
        gaps = np.insert(gaps, at, rng.uniform(0.12, 0.45, int(rng.integers(3, 14))))
    return [int(time) for time in NOW + 1000 * np.cumsum(gaps)]


def machines(_folder: Path, long: bool) -> str:
    """Scripted machines and people through the door: flagged, kept, and out of counts and training."""
    people, robots = (1_000, 300) if long else (150, 60)
    rng, gate = np.random.default_rng(29), Door()
    events, flagged_people, flagged = [], 0, 0
    for n in range(people):
        found = _visit(gate, f"person{n}", _person(rng), str(rng.choice(_AGENTS)), {})
        flagged_people += any(event.context.get("bot") for event in found)
        events += found
    for n in range(robots):
        agent, context, times = str(rng.choice(_AGENTS)), {}, _person(rng)
        if n % 3 == 0:
            agent = _NAMED[n // 3 % len(_NAMED)]
        elif n % 3 == 1:
            context = {"webdriver": True}
        else:
            times = (NOW + np.cumsum(rng.integers(20, 90, 120))).tolist()
        found = _visit(gate, f"robot{n}", times, agent, context)
        flagged += any(event.context.get("bot") for event in found)
        events += found
    expect(flagged >= 0.95 * robots, f"{flagged} of {robots} machines are flagged")
    expect(flagged_people <= 0.01 * people, f"{flagged_people} of {people} people are taken for machines")
    with Engine.in_memory() as engine:
        engine.log.append(events).result()
        engine.follower.catch_up(engine.now())
        expect(engine.pulse().kinds["view"] == len(events), "what is flagged is not kept")
        users = set(engine.interactions()[0].users.names)
        inside = [name for name in users if name.startswith("anon:robot")]
        expect(len(inside) <= robots - flagged, f"{len(inside)} machines are learned from")
        sizes = engine.state.read("").counts["popularity"]
        alone = Engine.in_memory()
        with alone:
            alone.log.append([event for event in events if not event.context.get("bot")]).result()
            alone.follower.catch_up(alone.now())
            same = alone.state.read("").counts["popularity"]
            codes = engine.state.codes(alone.state.items())
            expect(
                np.allclose(sizes.at(codes, NOW), same.at(np.arange(len(codes)), NOW)), "machines make things popular"
            )
    told = f"{flagged} of {robots} machines flagged, {flagged_people} of {people:,} people"
    return f"{told}; kept, not counted, not learned from"


def _blind(patch: Patch) -> None:
    patch(rules, "is_crawler", lambda _agent: False)


def _slow(patch: Patch) -> None:
    patch(pace.Pace, "fast", lambda _self, _event: False)


def _jumpy(patch: Patch) -> None:
    patch(pace, "ACTS", 6)


def _counted(patch: Patch) -> None:
    from salience.prepare.features import popularity

    patch(popularity, "set_aside", lambda _event: False)


# --- S31 --------------------------------------------------------------------------------------------------------------


def stolen(folder: Path, long: bool) -> str:
    """A public key in wrong hands: rates, origins, a new key at once, and what was sent is taken out again."""
    settings = 'rate_per_address = 0.5\nrate_per_key = 20.0\nallowed_origins = ["https://shop.example"]\n'
    settings += 'trusted_proxies = "127.0.0.0/8"\n'
    made = home.create(folder / "shop", settings=settings)
    spam = 400 if long else 60
    with Engine.open(made.home) as engine, _served(engine) as client:
        engine.collect(
            [{"kind": "purchase", "id": f"p{n}", "user": f"u{n % 9}", "item": f"i{n % 5}"} for n in range(60)],
            source="shop",
        )
        before = _known(engine)
        began = engine.now()

        def send(n: int, key: str, **more: str) -> httpx.Response:
            event = {"kind": "view", "id": f"spam{n}", "anonymous": f"v{n}", "item": "i1"}
            given = {"Authorization": f"Bearer {key}", "X-Forwarded-For": "8.8.4.4", **more}
            return client.post("/v1/collect", json={"events": [event]}, headers=given)

        # what was refused waited a moment, so a long spam meets new tokens: half a one a second, after five at once
        started = monotonic()
        codes = [send(n, made.write_key).status_code for n in range(spam)]
        allowed = 5 + 1 + 0.5 * (monotonic() - started)
        expect(codes.count(200) <= allowed, f"one address was let in {codes.count(200)} times of {spam}")
        expect(codes.count(429) == spam - codes.count(200), f"refused otherwise than by 429: {set(codes)}")
        waits = send(spam, made.write_key).headers.get("retry-after", "")
        expect(waits.isdigit(), "a refusal does not say when to come back")
        started = monotonic()
        forged = [
            send(spam + n, made.write_key, **{"X-Forwarded-For": f"9.9.{n % 200}.1, 8.8.4.4"}).status_code
            for n in range(40)
        ]
        allowed = 1 + 0.5 * (monotonic() - started)
        expect(forged.count(200) <= allowed, "a forged X-Forwarded-For gets around the limit")
        elsewhere = [
            send(
                900 + n, made.write_key, Origin="https://evil.example", **{"X-Forwarded-For": f"9.8.{n}.1"}
            ).status_code
            for n in range(9)
        ]
        expect(set(elsewhere) == {403}, f"another origin gets {set(elsewhere)}")
        many: list[int] = []  # each from an address of its own, until the key is told to wait
        while long and 429 not in many and len(many) < 1_600:
            n = len(many)
            other = {"X-Forwarded-For": f"9.{n // 200}.{n % 200}.1"}
            many.append(send(2_000 + n, made.write_key, **other).status_code)
        expect(not long or 429 in many, "the key has no limit of its own")
        fresh = home.open(made.home, read_only=True).keys.rotate("write", overlap_ms=60_000)
        both = [
            send(5_000 + n, key, **{"X-Forwarded-For": f"7.7.{n}.1"}).status_code
            for n, key in enumerate((made.write_key, fresh))
        ]
        expect(401 not in both, f"while both keys hold one is refused: {both}")
        home.open(made.home, read_only=True).keys.rotate("write", overlap_ms=0)
        after = [
            send(6_000 + n, key, **{"X-Forwarded-For": f"7.6.{n}.1"}).status_code
            for n, key in enumerate((made.write_key, fresh))
        ]
        expect(after == [401, 401], f"old keys still work: {after}")
        secret = {"Authorization": f"Bearer {made.secret_key}"}
        gone = client.post(
            "/v1/purge", json={"since": began, "until": engine.now() + 1, "source": "http"}, headers=secret
        ).json()
        expect(gone["visitors"] > 0 and _known(engine) == before, f"after the purge something is left: {gone}")
    refused = f"{codes.count(429)} of {spam} from one address refused, forged and foreign ones too"
    return f"{refused}; keys end at once; {gone['visitors']} visitors purged"


@contextmanager
def _served(engine: Engine) -> Iterator[httpx.Client]:
    keys = home.open(engine.home.folder, read_only=True).keys if engine.home else None
    check = keys.check if keys else (lambda _key: None)
    with background(app(engine, check)) as address, httpx.Client(base_url=address, timeout=20) as client:
        yield client


def _known(engine: Engine) -> Any:
    engine.follower.catch_up(engine.now())
    reading = engine.state.read("")
    sizes = reading.counts["popularity"].at(np.arange(len(reading.names)), engine.now() - engine.now() % 3_600_000)
    people = [name for name in engine.state.everybody() if name.startswith("anon:")]
    return {name: round(float(size), 6) for name, size in zip(reading.names, sizes, strict=True)}, people


def _unlimited(patch: Patch) -> None:
    patch(rates.Buckets, "wait", lambda _self, _name: 0)


def _believes_anybody(patch: Patch) -> None:
    patch(
        rates.Rates, "caller", lambda _self, peer, forwarded: forwarded[0].split(",")[0].strip() if forwarded else peer
    )


def _any_origin(patch: Patch) -> None:
    patch(guard.Keys, "permit", lambda _self, _role, _tenant, _origin: None)


def _purges_nothing(patch: Patch) -> None:
    patch(Purging, "_invented", lambda _self, *_told: {})


# --- S33 --------------------------------------------------------------------------------------------------------------


def _bad() -> list[dict[str, Any]]:
    """Events that HTTP refuses, one of each class."""
    good: dict[str, Any] = {"kind": "click", "user": "ann", "item": "tea"}
    return [
        {**good, "item": "a\x00b"},
        {**good, "item": "null"},
        {**good, "item": "x" * 300},
        {**good, "user": "anon:9"},
        {**good, "user": "[object Object]"},
        {**good, "context": {f"n{n}": 1 for n in range(10_000)}},
        {**good, "bot": True},
        {**good, "tenant_id": "other"},
        {**good, "kind": "clickk"},
        {**good, "time": "yesterday at noon"},
        {"kind": "purchase", "user": "ann", "item": "tea", "price": -1},
        {"kind": "purchase", "user": "ann", "item": "tea", "price": 1, "currency": "ZZZ"},
        {"kind": "rating", "user": "ann", "item": "tea", "value": 9, "low": 1, "high": 5},
        {"kind": "item", "item": "tea", "title": "a\x00b"},
        {"kind": "item", "item": "tea", "price": -3},
        {"kind": "item", "item": "tea", "attributes": {"a\x00": 1}},
        {"kind": "decision", "user": "ann", "items": [], "rung": "model", "seed": 1, "as_of": 1},
        {"kind": "position", "place": "9", "user": "ann"},
        {"kind": "steering", "loop": "default", "user": "ann"},
    ]


class _Stream:
    """A stream of these messages."""

    name = "stream"

    def __init__(self, messages: list[bytes]) -> None:
        self.messages, self.at = messages, 0

    def open(self, place: str) -> None:
        self.at = int(place or 0)

    def take(self, most: int, seconds: float) -> Taken:
        found = tuple(self.messages[self.at : self.at + most])
        self.at += len(found)
        return Taken(found, str(self.at))

    def close(self) -> None:
        pass


def others(folder: Path, long: bool) -> str:
    """What HTTP refuses no other way lets in: files, streams, what programs hand over."""
    bad = [{"id": f"b{n}", **event} for n, event in enumerate(_bad())]
    lines = [json.dumps(event).encode() for event in bad]
    taken: dict[str, int] = {}
    with Engine.in_memory() as engine:
        site = app(engine, lambda key: "secret" if key == "k" else None)
        with background(site) as address, httpx.Client(base_url=address, timeout=20) as client:
            sent = b'{"events":[' + b",".join(lines) + b"]}"
            given = {"Authorization": "Bearer k", "Content-Type": "application/json"}
            taken["HTTP"] = client.post("/v1/collect", content=sent, headers=given).json()["stored"]
        taken["a program"] = engine.collect(bad, source="notebook").stored
        before = engine.log.ledger()
        pump(_Stream(lines), engine, stop=threading.Event(), until_empty=True)
        after = engine.log.ledger()
        taken["a stream"] = after.stored - before.stored - 1  # its own place
        expect(after.failed - before.failed == len(bad), "a stream loses what it refuses")
        expect(after.balanced, "the ledger does not balance")
    made = home.create(folder / "files")
    (folder / "bad.jsonl").write_bytes(b"\n".join(lines))
    (folder / "items.csv").write_text(
        'id,title,price\n"a\x00b",Tea,1\nnull,Tea,1\n' + f"{'x' * 300},Tea,1\ntea,Tea,-3\n"
    )
    with quiet():
        main(["import", "events", str(folder / "bad.jsonl"), "--home", str(made.home)])
        main(["import", "items", str(folder / "items.csv"), "--columns", "item=id", "--home", str(made.home)])
    with Engine.open(made.home) as engine:
        taken["files"] = engine.log.ledger().stored
        expect(engine.log.ledger().failed >= len(bad) + 4, f"a file loses what it refuses: {engine.log.ledger()}")
    let_in = {way: count for way, count in taken.items() if count}
    expect(not let_in, f"let in: {let_in}")
    told = f"{len(bad)} classes of bad events over {len(taken)} ways in and 4 bad rows of a catalogue"
    return f"{told}: 0 stored, all kept with reason"


def _trusts_programs(patch: Patch) -> None:
    real = rules.checked

    def checked(event: Any, **more: Any) -> Any:
        return (event, []) if more["source"] == "notebook" else real(event, **more)

    patch(door, "checked", checked)


def _trusts_catalogues(patch: Patch) -> None:
    patch(rules, "_names", lambda _event, usual: None)


# --- S36 --------------------------------------------------------------------------------------------------------------

_PAGE = "<!doctype html><title>Shop</title><link rel=icon href=data:,><body><div data-salience-item=tea>tea</div>"
_STRICT = "default-src 'none'; script-src {0}; connect-src {0}; img-src data:; require-trusted-types-for 'script'"


def hostile(_folder: Path, long: bool) -> str:
    """The tag on pages that break what a script leans on: no error, nothing changed, one global, small."""
    from playwright.sync_api import sync_playwright
    from starlette.responses import HTMLResponse
    from starlette.routing import Route

    if chromium() is None:
        raise NotRun("there is no Chromium here")
    faults: list[str] = []
    headers: dict[str, str] = {}
    with Engine.in_memory() as engine, sync_playwright() as playwright:
        pages = [Route("/host/{which}", lambda asked: HTMLResponse(_host(asked.path_params["which"]), headers=headers))]
        with background(app(engine, lambda key: "write" if key == "wk" else None, pages=pages)) as address:
            headers["Content-Security-Policy"] = _STRICT.format(address)
            browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
            for init in ("", FROZEN, REDEFINED, BLOCKED, FROZEN + BLOCKED):
                shapes, names = [], []
                for which in ("without", "with"):
                    page = browser.new_page()
                    page.on("pageerror", lambda error: faults.append(str(error)))
                    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
                    page.add_init_script(init or "0")
                    page.goto(f"{address}/host/{which}")
                    shapes.append(page.evaluate(SHAPE).replace(" ", ""))
                    names.append(set(page.evaluate("Object.getOwnPropertyNames(window)")))
                    if which == "with":
                        page.evaluate(
                            "window.salience && (salience.consent({analytics: true}), salience.track('say', {n: 1}))"
                        )
                        page.mouse.click(20, 20)
                        page.wait_for_timeout(150)
                    page.close()
                expect(shapes[0] == shapes[1], "the tag changed what the page had")
                expect(names[1] - names[0] - {"0"} == {"salience"}, f"globals: {sorted(names[1] - names[0])}")
            browser.close()
    expect(not faults, f"the page saw {len(faults)} errors: {faults[:2]}")
    size = len(tag.script().packed)
    expect(size < BUDGET, f"the tag has {size:,} bytes")
    return f"5 hostile pages under a strict policy: 0 errors, nothing changed, one global; {size:,} of {BUDGET:,} bytes"


def _host(which: str) -> str:
    return _PAGE + ('<script src="/salience.js" data-key="wk"></script>' if which == "with" else "")


def _script(patch: Patch, more: str) -> None:
    real = tag.script.__wrapped__
    found = real()
    plain = more.encode() + found.plain
    fake = tag.Script(plain, gzip.compress(plain, 9, mtime=0), '"x"')
    patch(tag, "script", lambda readable=False: fake)


def _leaks(patch: Patch) -> None:
    _script(patch, "var leaked=1;")


def _leans(patch: Patch) -> None:
    _script(patch, "localStorage.getItem('x');")


def _meddles(patch: Patch) -> None:
    _script(patch, "try{Array.prototype.last=1}catch(_){}")


def _grows(patch: Patch) -> None:
    rng = np.random.default_rng(0)
    _script(patch, f"/*{rng.bytes(4_000).hex()}*/")


MARKS: tuple[Mark, ...] = (
    mark("S29", "machines", machines, {"blind": _blind, "slow": _slow, "jumpy": _jumpy, "counted": _counted}),
    mark(
        "S31",
        "a stolen public key",
        stolen,
        {
            "unlimited": _unlimited,
            "believes-anybody": _believes_anybody,
            "any-origin": _any_origin,
            "purges-nothing": _purges_nothing,
        },
    ),
    mark("S33", "channels and catalogues", others, {"programs": _trusts_programs, "catalogues": _trusts_catalogues}),
    mark("S36", "the tag", hostile, {"leaks": _leaks, "leans": _leans, "meddles": _meddles, "grows": _grows}),
)
