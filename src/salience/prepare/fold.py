"""fold(event) -> writes: the only way from the log to state, at serving time, at start-up and in training alike."""

from __future__ import annotations

from typing import get_args

from salience.events import AnyEvent
from salience.events.write import Write
from salience.prepare.features import FEATURES

_ASKED = {kind: tuple(one.writes for one in FEATURES if kind in one.kinds) for kind in get_args(AnyEvent)}


def fold(event: AnyEvent) -> list[Write]:
    """All that one event changes, feature by feature.

    >>> from salience.events import Click
    >>> for write in fold(Click(id="1", user="ann", item="tea", time=5, received=6)):
    ...     print(write)
    Append(person='ann', item='tea', strength=0.5, time=5, received=6, kind='click')
    Increment(person='ann', item='tea', field='popularity', by=0.5, time=5, half_life_ms=2592000000.0)
    Seen(person='ann', received=6)
    """
    return [write for writes in _ASKED[type(event)] for write in writes(event)]
