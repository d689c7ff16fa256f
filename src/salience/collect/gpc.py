"""Global Privacy Control (11 CCR 7025; globalprivacycontrol.org): a browser's opt-out of sale and sharing. Pure.

Only the value ``1`` counts. Of several headers one ``1`` is enough; a proxy that joins two writes ``1, 1``. Absence, or
any other value, says nothing: it never takes an opt-out back.
"""

from __future__ import annotations

from collections.abc import Iterable

HEADER = "sec-gpc"


def opted_out(values: Iterable[str]) -> bool:
    """Whether the browser opts out. ``values``: every ``Sec-GPC`` header of the request, as it came.

    >>> [opted_out(v) for v in (["1"], ["1, 1"], ["0", "1"], ["0"], ["true"], ["2"], ["1; q=1"], ["11"], [])]
    [True, True, True, False, False, False, False, False, False]
    """
    return any(part.strip(" \t") == "1" for value in values for part in value.split(","))
