"""Papers: what an authority or a reader is shown, made from the workspace as it is at this moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from msgspec import to_builtins

from salience.engine.rights import Rights
from salience.events.controller import Controller
from salience.privacy import papers
from salience.privacy.consent import ConsentState
from salience.privacy.inventory import RETENTION
from salience.privacy.paper_parts import Learned
from salience.privacy.papers import Facts, Paper, PaperName
from salience.settings import Settings
from salience.store.accounts import Accounts
from salience.store.artefacts import Artefacts
from salience.store.home import ACCOUNTS, PREDICTORS
from salience.store.keys import Key

TRAIT = "trait:"


class Papers(Rights):
    """The verbs of the papers."""

    def paper(self, name: PaperName) -> Paper:
        """One paper, made now."""
        return papers.paper(name, self.paper_facts())

    def manifest(self) -> dict[str, Any]:
        """The card of the model that answers, as it is published; empty without one."""
        live = next((model for model in self.models() if model.live), None)
        return dict(live.card) if live else {}

    def parameters_stale(self, page: Paper) -> bool:
        """Whether a page of main parameters was made from another model than the one that answers now."""
        return page.hash != papers.stamp(self.manifest())

    def gpc_file(self) -> dict[str, object]:
        """``/.well-known/gpc.json``."""
        return papers.gpc("2026-01-01")

    def paper_facts(self) -> Facts:
        """What the papers speak of."""
        self.follower.catch_up(self.now())
        settings = self.settings
        wrong = self.audit_check()
        return Facts(
            workspace=self._called(),
            region=settings.region,
            made=self.now(),
            people=self.state.size[0],
            events=dict(self.follower.tally.kinds),
            days={name: getattr(settings, f"keep_{name}_days") for name in (*RETENTION, "failed", "profiles")},
            recipients=tuple(self.recipients()),
            model=to_builtins(self.manifest()),
            explore=settings.explore,
            rules=len(settings.rules),
            sensitive=(*settings.sensitive_traits, *settings.sensitive_categories),
            open_requests=len(self.requests(open_only=True)),
            audit=f"broken: {wrong}" if wrong else "whole",
            program=f"salience {version('salience')}",
            traits=self._traits(),
            requests=tuple(shown.request for shown in self.requests()),
            erasures=len(self.register.all("receipt")),
            rows=sum(1 for _ in self.register.audited()),
            copies=tuple((r.status, r.at) for r in self.register.all("copy") if Path(r.body.decode()).exists()),
            prices=tuple(self._prices()),
            controller=settings.controller or Controller(),
            silence=self.people.policy.default(ConsentState()),
            log=_server(settings.log_url),
            models=tuple(
                Learned(m.version, m.kind, int(str(m.card.get("users") or 0)), m.published, m.live)
                for m in self.models()
            ),
            predictors=tuple(self._predictors()),
            keys=Counter(key.kind for key in self.home.keys.list() if not self._over(key)) if self.home else {},
            accounts=Counter(one.role for one in Accounts(self.home.folder / ACCOUNTS).list()) if self.home else {},
            provider=settings.oidc.issuer if settings.oidc else "",
            limits=tuple(_limits(settings)),
            keep_models=settings.keep_models,
            shared=Counter(record.status for record in self.register.all("shared")),
            notices=Counter(record.status for record in self.register.all("notice")),
        )

    def _called(self) -> str:
        """The name in the settings; the folder's, where none was given."""
        named = self.settings.workspace
        return self.home.folder.resolve().name if self.home and named == Settings().workspace else named

    def _traits(self) -> dict[str, int]:
        """Which traits are held, and of how many people."""
        return Counter(
            field.removeprefix(TRAIT)
            for name in self.state.everybody()
            for field in self.state.person(name).fields
            if field.startswith(TRAIT)
        )

    def _over(self, key: Key) -> bool:
        return bool(key.expires and key.expires <= self.now())

    def _predictors(self) -> Iterator[Learned]:
        """The predictors of people that are published, each with its newest version."""
        folder = self.home.folder / PREDICTORS if self.home else None
        for path in sorted(folder.iterdir()) if folder and folder.is_dir() else ():
            kept = Artefacts(path)
            if version := kept.current():
                made = int((kept.path(version)).stat().st_mtime * 1000)
                yield Learned(path.name, version, 0, made, True)  # noqa: FBT003

    def _prices(self) -> Iterator[tuple[str, str, str, str]]:
        """What loops of prices may look at."""
        with self.follower.turn(self.now()):
            settings = {name: self.follower.loops.of(name).settings for name in self.follower.loops.names()}
        for name, one in settings.items():
            if one.about != "content":
                yield from ((name, one.about, *by) for by in (one.differs_by or {"": ""}).items())


def _server(log_url: str) -> str:
    """Where the events lie, without the name and password that open it."""
    if not log_url:
        return "`log.db` in the workspace folder"
    parts = urlsplit(log_url)
    return f"PostgreSQL on {parts.hostname or 'this machine'}, database {parts.path.strip('/') or 'by default'}"


def _limits(settings: Settings) -> Iterator[str]:
    """What the settings bound, in words."""
    bounds = {"key": settings.rate_per_key, "address": settings.rate_per_address}
    told = ", ".join(f"{rate:g} a second for one {who}" for who, rate in bounds.items() if rate)
    yield f"Requests: {told or 'no limit is set for a key or an address'}."
    pages = ", ".join(settings.allowed_origins) or "any site: `allowed_origins` is not set"
    yield f"The public key is for pages of {pages}."
