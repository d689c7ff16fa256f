"""The real, unmodified SDKs, pointed at this server: nothing is patched, only the address and the key are given."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rudderstack.analytics.client as rudder
import segment.analytics.client as segment

from salience.events import Alias, AnyEvent, Cart, Identify, Page, Purchase, Search, View
from tests.serve.site import SECRET, WRITE, Site

HERE = Path(__file__).parent / "sdk"
ROOT = Path(__file__).parents[2]


def stored(site: Site, after: int) -> list[AnyEvent]:
    return [event for _, event in site.engine.log.read(after=after, limit=10_000)]


def address(site: Site) -> str:
    return str(site.client.base_url).rstrip("/")


@pytest.fixture(params=["segment", "rudderstack"])
def sdk(request: pytest.FixtureRequest, site: Site) -> Iterator[tuple[Any, list[Any]]]:
    """A client in its own thread, and the errors that it reports."""
    errors: list[Any] = []
    module = segment if request.param == "segment" else rudder
    client = module.Client(
        SECRET, host=address(site), gzip=True, on_error=lambda error, _: errors.append(error), max_retries=1, timeout=10
    )
    yield client, errors
    client.shutdown()


def test_python_sdks_work_unchanged(site: Site, sdk: tuple[Any, list[Any]]) -> None:
    client, errors = sdk
    before, who = site.engine.log.last(), f"u-{uuid.uuid4().hex[:8]}"
    client.identify(who, {"plan": "pro", "address": {"city": "Jena"}}, anonymous_id=f"a-{who}")
    client.track(who, "Product Viewed", {"product_id": "green", "price": 4.5})
    client.track(who, "Products Searched", {"query": "oolong"})
    client.track(who, "Product Added", {"product_id": "green", "quantity": 2, "price": 4.5, "currency": "EUR"})
    lines = [{"product_id": "green", "quantity": 2, "price": 4.5}, {"product_id": "mint", "quantity": 1, "price": 3}]
    client.track(who, "Order Completed", {"order_id": "o-1", "currency": "EUR", "products": lines})
    client.page(who, "Shop", "Tea", {"path": "/tea"})
    client.screen(who, "Shop", "Home", {})
    client.group(who, "g-1", {"name": "Tea lovers"})
    client.alias(f"old-{who}", who)
    client.flush()
    assert errors == []
    events = stored(site, before)
    kinds = [event.kind for event in events]
    assert kinds == [
        *("identify", "view", "search", "cart", "purchase", "purchase", "page", "page", "identify", "alias", "alias"),
    ]
    assert {event.subject for event in events} == {who}
    assert len({event.id for event in events}) == len(events)
    first, view, search, cart, *bought = events[:6]
    assert isinstance(first, Identify)
    assert first.traits == {"plan": "pro", "address.city": "Jena"}
    assert first.anonymous == f"a-{who}"
    assert isinstance(view, View)
    assert isinstance(search, Search)
    assert isinstance(cart, Cart)
    assert (cart.quantity, cart.price, cart.currency) == (2, 4.5, "EUR")
    assert [(b.item, b.quantity, b.order) for b in bought if isinstance(b, Purchase)] == [
        ("green", 2, "o-1"),
        ("mint", 1, "o-1"),
    ]
    assert view.context["library"] == "analytics-python"
    assert all(isinstance(event, Page) for event in events[6:8])
    assert isinstance(events[-2], Alias)


@pytest.mark.parametrize("module", [segment, rudder], ids=["segment", "rudderstack"])
def test_a_write_key_tracks_but_joins_nobody(site: Site, module: Any) -> None:
    before = site.engine.log.last()
    client = module.Client(WRITE, host=address(site), gzip=False, sync_mode=True)
    client.track("w-1", "Product Viewed", {"product_id": "green"}, message_id=(known := uuid.uuid4().hex))
    client.track("w-1", "Product Viewed", {"product_id": "green"}, message_id=known)
    client.alias("w-0", "w-1")  # answered with 200 like every batch; kept as failed
    (event,) = stored(site, before)
    assert (event.id, event.subject) == (known, "w-1")


@pytest.mark.parametrize("module", [segment, rudder], ids=["segment", "rudderstack"])
def test_a_wrong_key_is_said_in_the_words_that_the_sdk_reads(site: Site, module: Any) -> None:
    client = module.Client("wrong", host=address(site), sync_mode=True)
    with pytest.raises(Exception, match="is not known here") as refused:
        client.track("u", "x")
    assert (refused.value.status, refused.value.code) == (401, "unauthorized")  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The JavaScript SDK at its locked version, in a cache outside of the repository."""
    done = subprocess.run(  # noqa: S603 - our own script
        [shutil.which("bash") or "bash", str(ROOT / "scripts" / "node_sdk.sh")],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
    )
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip().splitlines()[-1])


def test_the_javascript_sdk_works_unchanged(site: Site, node_modules: Path) -> None:
    before = site.engine.log.last()
    done = subprocess.run(  # noqa: S603 - Node.js from its wheel, and our own script
        [str(Path(sys.executable).parent / "node"), str(HERE / "send.cjs"), address(site), SECRET],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=os.environ | {"NODE_PATH": str(node_modules)},
    )
    assert (done.returncode, done.stderr) == (0, "")
    events = stored(site, before)
    assert [event.kind for event in events] == [
        *("identify", "view", "purchase", "purchase", "page", "identify", "alias", "alias", "action"),
    ]
    assert {event.subject for event in events} == {"js-1"}
    assert events[1].context["library"] == "@segment/analytics-node"
    assert [event.item for event in events if isinstance(event, Purchase)] == ["green", "mint"]
