"""Papers: what an authority or a reader is shown, made from the workspace as it is at this moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from msgspec import to_builtins

from salience.engine.rights import Rights
from salience.privacy import papers
from salience.privacy.inventory import RETENTION
from salience.privacy.papers import Facts, Paper, PaperName
from salience.settings import Settings

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
            days={name: getattr(settings, f"keep_{name}_days") for name in (*RETENTION, "failed")},
            recipients=tuple(self.recipients()),
            model=to_builtins(self.manifest()),
            explore=settings.explore,
            rules=len(settings.rules),
            sensitive=(*settings.sensitive_traits, *settings.sensitive_categories),
            open_requests=len(self.requests(open_only=True)),
            audit=f"broken: {wrong}" if wrong else "whole",
            program=f"salience {version('salience')}",
            traits=self._traits(),
            requests=Counter(shown.light for shown in self.requests()),
            erasures=len(self.register.all("receipt")),
            rows=sum(1 for _ in self.register.audited()),
            copies=tuple((r.status, r.at) for r in self.register.all("copy") if Path(r.body.decode()).exists()),
            prices=tuple(self._prices()),
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

    def _prices(self) -> Iterator[tuple[str, str, str, str]]:
        """What loops of prices may look at."""
        with self.follower.turn(self.now()):
            settings = {name: self.follower.loops.of(name).settings for name in self.follower.loops.names()}
        for name, one in settings.items():
            if one.about != "content":
                yield from ((name, one.about, *by) for by in (one.differs_by or {"": ""}).items())
