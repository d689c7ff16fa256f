"""Sign-in at a real, certified provider, in a real Chromium: there, back, the desk, out again, on a phone too."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from salience import Engine
from salience.cli import main
from salience.engine.vouching import SECRET as VARIABLE
from salience.events import InvalidInput
from salience.settings import load
from salience.store import home
from tests.console.issuers import Panva, console, free_port, panva, settings

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Panva, Engine, str]]:
    """The provider, the workspace, and the address of its console, which is another site to browsers."""
    port = free_port()
    with (
        panva(f"http://localhost:{port}") as provider,
        console(tmp_path_factory.mktemp("elsewhere"), provider.address, port) as (engine, address),
    ):
        yield provider, engine, address


@pytest.fixture(params=[(1280, 800), (390, 844)], ids=["desktop", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """At the end: nothing that a policy forbids, no page error, no console message of ours."""
    width, height = request.param
    faults: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": height}, locale="en-GB")
    made = context.new_page()
    made.on("pageerror", lambda error: faults.append(f"error: {error}"))
    made.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    yield made
    context.close()
    assert faults == []


def sign_in(page: Page, name: str) -> None:
    """Through the provider's own pages."""
    page.fill("[name=login]", name)
    page.fill("[name=password]", "anything")
    page.click("button[type=submit]")
    page.click("button[type=submit]")  # what the provider may tell us


def test_an_officer_comes_in_and_goes_out_again(place: tuple[Panva, Engine, str], page: Page) -> None:
    provider, engine, address = place
    page.goto(f"{address}/console")
    assert page.url == f"{address}/console/sign-in"
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    page.click("text=Sign in with Shop ID")
    assert page.url.startswith(provider.address)
    sign_in(page, "ann")
    page.wait_for_url(f"{address}/console")
    assert page.inner_text("h1") == "Privacy desk"
    assert page.inner_text("header form span") == "ann@shop.example"
    assert page.evaluate("document.cookie") == ""
    kept = {one["name"]: one for one in page.context.cookies(address)}
    assert {name: one["sameSite"] for name, one in kept.items()} == {"__Host-salience": "Strict"}
    page.click("text=Sign out")
    page.wait_for_url(f"{provider.address}/session/end?**")
    page.click("button[value=yes]")
    page.wait_for_url(f"{address}/console/sign-in*")
    page.goto(f"{address}/console")
    assert page.url == f"{address}/console/sign-in"
    actions = [(row.action, row.actor) for row in engine.audit_trail(limit=-1)][-2:]
    assert actions == [("signed in", "provider ann ann@shop.example"), ("signed out", "provider ann ann@shop.example")]


def test_who_has_no_role_is_told_so_in_their_language(place: tuple[Panva, Engine, str], browser: Browser) -> None:
    _, engine, address = place
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(f"{address}/console/sign-in")
    page.click("text=使用 Shop ID 登录")
    sign_in(page, "out")
    page.wait_for_selector("[role=alert]")
    assert page.inner_text("[role=alert]") == "Shop ID 已确认您的身份，但您在此没有任何角色，请联系管理员。"
    page.goto(f"{address}/console")
    assert page.url == f"{address}/console/sign-in"
    assert engine.audit_trail(limit=-1)[-1].detail == "provider: no line of oidc.roles fits who signed in"
    context.close()


def test_new_keys_and_claims_that_have_to_be_asked_for(place: tuple[Panva, Engine, str], browser: Browser) -> None:
    provider, engine, address = place
    engine.vouching.keys()
    provider.say("rotate")
    provider.say("apart")
    engine.vouching._held["keys"] = engine.vouching._held["keys"]._replace(at=engine.now() - 60_000)
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(f"{address}/console/sign-in")
    page.click("text=Sign in with Shop ID")
    sign_in(page, "vic")
    page.wait_for_url(f"{address}/console")
    assert page.inner_text("main").endswith("Your role (viewer) has no page here.")
    context.close()


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "joserfc", None)
    with (
        pytest.raises(InvalidInput, match=r"needs the extra oidc; pip install 'salience\[oidc\]'"),
        console(tmp_path, "https://id.shop.example", free_port()),
    ):
        pass


def test_the_secret_comes_from_the_environment_or_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("from the file\n")
    told = settings("https://id.shop.example", "https://salience.shop.example", secret_file=str(tmp_path / "secret"))
    with Engine.in_memory(load(told)) as engine:
        assert engine.vouching._secret == "from the file"
    monkeypatch.setenv(VARIABLE, "from the environment")
    with Engine.in_memory(load(told)) as engine:
        assert engine.vouching._secret == "from the environment"
    monkeypatch.delenv(VARIABLE)
    (tmp_path / "secret").unlink()
    with Engine.in_memory(load(told)) as engine, pytest.raises(InvalidInput, match="cannot be read"):
        _ = engine.vouching


def test_the_command_says_what_to_register_and_whether_it_works(
    place: tuple[Panva, Engine, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    provider, engine, address = place
    assert engine.home is not None
    words = ["accounts", "provider", "--json", "--home"]
    assert main([*words, str(engine.home.folder)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["redirect URI"], said["secret"]) == (f"{address}/console/provider/back", "there")
    assert (said["sign-out there"], said["fault"]) == (f"{provider.address}/session/end", "")
    made = home.create(
        tmp_path / "shop", settings=settings(provider.address + "/", "https://salience.shop.example")
    ).home
    assert main([*words, str(made)]) == 1
    assert "calls itself" in json.loads(capsys.readouterr().out)["fault"]
    bare = home.create(tmp_path / "bare").home
    assert main([*words, str(bare)]) == 2
    assert "oidc = '': is not set" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"issuer": "http://id.shop.example"}, "must begin with https://"),
        ({"issuer": "https://id.shop.example/?x"}, "must begin with https://"),
        ({"address": "https://salience.shop.example/"}, "without a path"),
        ({"address": "http://salience.shop.example"}, "must be https://"),
        ({"scopes": ["email"]}, "must hold openid"),
        ({"inside": ["10.0.0.0/33"]}, "is no network"),
        ({"roles": {"all": "service"}}, "Invalid enum value 'service'"),
        ({"roles": {}}, "lets nobody in"),
        ({"secret": "in the settings"}, "unknown field `secret`"),
        ({"hours": 13}, "<= 12"),
    ],
)
def test_a_provider_that_cannot_be_meant_is_refused_at_the_start(more: dict[str, object], rule: str) -> None:
    given = {"issuer": "https://id.shop.example", "address": "https://salience.shop.example", **more}
    with pytest.raises(InvalidInput, match=rule):
        load(settings(str(given.pop("issuer")), str(given.pop("address")), **given))
