"""Which workspace a command is about: its engine, or its keys."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from salience.events.fault import InvalidInput

if TYPE_CHECKING:
    from salience.engine import Engine
    from salience.store.keys import Keys

VARIABLE = "SALIENCE_HOME"


def home_of(args: Namespace) -> Path:
    """``--home``, else the environment's SALIENCE_HOME; neither is the caller's fault."""
    name = args.home or os.environ.get(VARIABLE, "")
    if not name:
        way_out = f"pass --home DIR or set {VARIABLE}; `salience init DIR` makes one"
        raise InvalidInput("home", "", "no workspace folder was named", way_out)
    return Path(name).expanduser()


def open_engine(args: Namespace, *, read_only: bool = False, follow: bool = True) -> Engine:
    """The engine of the named workspace; use it in a ``with`` block. Read-only ones may stand beside a server."""
    folder = home_of(args)  # first: a missing --home should not wait for the engine's libraries
    from salience.engine import Engine

    return Engine.open(folder, read_only=read_only, follow=follow)


def keys_of(args: Namespace) -> Keys:
    """The keys of the named workspace. They may change under a running server, which sees it at the next request."""
    from salience.store import home

    return home.open(home_of(args), read_only=True).keys
