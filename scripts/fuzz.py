"""Fuzz the ways in of a real server process: `scripts/fuzz.py --bodies 100000 --seed 0`. One line says what happened.

Bodies are good batches that are then broken by structure (values, names, nesting, types swapped) or by bytes, mixed
with good ones. Fails on any 5xx or lost connection, on a ledger that differs from the sum of the receipts, or when the
process grows by more than 50 MB after its warm-up.
"""

from __future__ import annotations

import argparse
import copy
import gzip
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

GROWTH_MB = 50
PATHS = ("/v1/collect", "/v1/batch", "/v1/track", "/v1/identify", "/v1/page", "/v1/group", "/v1/alias", "/v1/outcomes")
KINDS = (
    "view",
    "click",
    "cart",
    "purchase",
    "rating",
    "search",
    "share",
    "follow",
    "message",
    "impression",
    "identify",
)
STRANGE: list[Any] = [
    *(None, True, False, 0, -1, 1e308, 2**63, 2**64, -(2**70), 0.1, "", "0", "null", "undefined", "\x00", "\ud800"),
    *("x" * 300, "Zoe\u0308", "{{7*7}}", "' OR 1=1--", "../../etc", [], {}, [[]], {"a": {"b": [1]}}, ["x"] * 300),
    *("2026-01-01T00:00:00Z", "yesterday", 4_102_444_800_001, {"": 1}, {"a" * 200: 1}, "\u202e", "[object Object]"),
]


def event(dice: random.Random, number: int) -> dict[str, Any]:
    """A good event in our words."""
    made: dict[str, Any] = {
        "kind": dice.choice(KINDS),
        "id": f"f-{number}-{dice.random()}",
        "anonymous": f"v{number % 50}",
    }
    extra = {"item": "tea", "query": "tea", "text": "good", "target": "brand", "value": 3, "traits": {"a": 1}}
    needs = {"search": "query", "message": "text", "follow": "target", "identify": "traits"}
    names = [needs.get(made["kind"], "item"), *(["value"] if made["kind"] == "rating" else [])]
    return made | {name: extra[name] for name in names}


def message(dice: random.Random, number: int) -> dict[str, Any]:
    """A good call in Segment's shape."""
    products = [{"product_id": "tea", "price": 3, "quantity": 1}] * dice.randint(1, 3)
    shared = {"messageId": f"s-{number}-{dice.random()}", "userId": f"u{number % 50}", "context": {"locale": "de-DE"}}
    kind = dice.choice(("track", "track", "identify", "page", "group", "alias"))
    made = {"type": kind, "event": dice.choice(("Order Completed", "Product Viewed", "Quiz Done")), "groupId": "g"}
    return {
        **shared,
        **made,
        "previousId": "p",
        "properties": {"products": products, "id": "tea"},
        "traits": {"a": [1]},
    }


def good(dice: random.Random, path: str, number: int) -> Any:
    """A body that the route takes."""
    if path == "/v1/collect":
        return {"events": [event(dice, number) for _ in range(dice.randint(1, 5))]}
    if path == "/v1/batch":
        return {"batch": [message(dice, number) for _ in range(dice.randint(1, 5))]}
    if path == "/v1/outcomes":
        return {"outcomes": [{"decision": f"d-{dice.random()}", "value": 1, "anonymous": "v"}]}
    return message(dice, number)


def strange(dice: random.Random) -> Any:
    """One of the strange values, as a copy: put in twice, the same list could come to hold itself."""
    return copy.deepcopy(dice.choice(STRANGE))


def twisted(dice: random.Random, value: Any, left: int = 3) -> Any:
    """A value with up to three of its parts replaced, removed or added, somewhere inside."""
    for _ in range(dice.randint(1, left)):
        at, path = value, []
        while isinstance(at, dict | list) and at and dice.random() < 0.8:
            step = dice.choice(list(at)) if isinstance(at, dict) else dice.randrange(len(at))
            path.append((at, step))
            at = at[step]
        if not path:
            return strange(dice)
        parent, step = path[-1]
        match dice.randrange(4):
            case 0 if isinstance(parent, dict):
                del parent[step]
            case 1 if isinstance(parent, dict):
                parent[str(strange(dice))[:300]] = strange(dice)
            case 2 if isinstance(parent, list):
                parent.append(strange(dice))
            case _:
                parent[step] = strange(dice)
    return value


def broken(dice: random.Random, body: bytes) -> bytes:
    """Bytes flipped, cut, doubled or put in."""
    data = bytearray(body)
    for _ in range(dice.randint(1, 8)):
        at = dice.randrange(len(data) + 1)
        match dice.randrange(4):
            case 0 if at < len(data):
                data[at] ^= 1 << dice.randrange(8)
            case 1:
                del data[at : at + dice.randint(1, 40)]
            case 2:
                data[at:at] = data[: dice.randint(1, 60)]
            case _:
                data[at:at] = dice.randbytes(dice.randint(1, 8))
    return bytes(data)


def bodies(seed: int, count: int) -> Iterator[tuple[str, bytes, dict[str, str]]]:
    """(path, body, headers), the same for the same seed."""
    dice = random.Random(seed)
    for number in range(count):
        path = dice.choice(PATHS)
        value, way = good(dice, path, number), dice.random()
        if 0.2 <= way < 0.7:
            value = twisted(dice, value)
        body = json.dumps(value).encode("utf-8", "surrogatepass")
        if way >= 0.7:
            body = broken(dice, body) if way < 0.95 else dice.randbytes(dice.randint(0, 400))
        headers = {"Content-Type": "application/json"}
        if dice.random() < 0.1:
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, 1) if dice.random() < 0.8 else body
        yield path, body, headers


def fuzz(client: httpx.Client, seed: int, count: int, keys: tuple[str, ...]) -> tuple[Counter[int], Counter[str]]:
    """Send them; statuses, and what the receipts add up to. A single call that failed alone is kept: 422 counts one."""
    statuses: Counter[int] = Counter()
    fates: Counter[str] = Counter()
    for number, (path, body, headers) in enumerate(bodies(seed, count)):
        given = headers | {"Authorization": f"Bearer {keys[number % len(keys)]}"}
        answer = client.post(path, content=body, headers=given)
        statuses[answer.status_code] += 1
        if answer.status_code == 200:
            told = answer.json()
            fates += Counter({name: told[name] for name in ("received", "stored", "duplicate", "failed")})
    return statuses, fates


def memory_mb(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS:"))


def ledger(client: httpx.Client, key: str) -> dict[str, float]:
    found = {}
    for line in client.get("/metrics", headers={"Authorization": f"Bearer {key}"}).text.splitlines():
        if line.startswith("salience_events_total{"):
            found[line.partition('fate="')[2].partition('"')[0]] = float(line.rpartition(" ")[2])
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bodies", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    salience = str(Path(sys.executable).with_name("salience"))
    with tempfile.TemporaryDirectory(prefix="salience-fuzz-") as folder:
        home = str(Path(folder) / "home")
        made = json.loads(subprocess.run([salience, "init", home, "--json"], check=True, capture_output=True).stdout)
        keys = (made["secret_key"], made["write_key"])
        port = "18473"
        process = subprocess.Popen([salience, "serve", "--home", home, "--port", port], stdout=subprocess.DEVNULL)
        try:
            retrying = httpx.HTTPTransport(retries=10)
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", transport=retrying, timeout=30) as client:
                client.get("/health/live")
                warm, _ = fuzz(client, args.seed + 1, min(args.bodies // 10, 5_000), keys)
                before, start, began = memory_mb(process.pid), ledger(client, keys[0]), time.monotonic()
                statuses, fates = fuzz(client, args.seed, args.bodies, keys)
                grown, end = memory_mb(process.pid) - before, ledger(client, keys[0])
        finally:
            process.terminate()
            process.wait(20)
    moved = {name: end[name] - start[name] for name in end}
    alone = moved["received"] - fates["received"]
    exact = moved["stored"] == fates["stored"] and moved["duplicate"] == fates["duplicate"]
    exact = exact and 0 <= alone == moved["failed"] - fates["failed"] and alone <= 4 * statuses[422]
    exact = exact and moved["received"] == moved["stored"] + moved["duplicate"] + moved["failed"] + moved["refused"]
    bad = sum(count for status, count in (statuses + warm).items() if status >= 500)
    passed = not bad and exact and grown <= GROWTH_MB
    rate = args.bodies / (time.monotonic() - began)
    shown = ", ".join(f"{status}: {count:,}" for status, count in sorted(statuses.items()))
    said = "exact" if exact else f"differs {moved} {dict(fates)}"
    print(
        f"R09 {'pass' if passed else 'FAIL'}: {args.bodies:,} bodies, {rate:,.0f}/s, {bad} 5xx, "
        f"memory {grown:+.1f} MB, ledger {said}; {shown}"
    )
    return 0 if passed else 1


if __name__ == "__main__":
    raise SystemExit(main())
