"""Breakdowns of a workspace's people as everybody reads them: no group in them too small to hide somebody.

What is mined stays whole for the library (`Mining.rfm`, `.funnel`, `.retention`); what leaves as text, JSON or
a picture goes through here (`salience.privacy.floors`).
"""

from __future__ import annotations

from msgspec import structs

from salience.mine.funnels import Funnel, stages_of, worst_of
from salience.mine.retention import Cohort, Retention, back_of, curved
from salience.mine.rfm import RFM, Group
from salience.privacy.floors import many, shown, shown_parts, shown_steps


def rfm_groups(found: RFM) -> tuple[list[Group], int]:
    """(the groups that may be shown, how many may not)."""
    groups = found.summary()
    told = shown({one.name: one.size for one in groups})
    return [one for one in groups if one.name in told.groups], told.hidden


def funnel_steps(found: Funnel) -> Funnel:
    """Without steps that fewer than ten took, or before which fewer than ten were lost; shares are of what is left."""
    places = shown_steps([stage.count for stage in found.stages])
    kept = [found.stages[place] for place in places]
    stages = stages_of([s.step for s in kept], [s.count for s in kept], [s.median_seconds for s in kept])
    hidden = tuple(stage.step for place, stage in enumerate(found.stages) if place not in places)
    return structs.replace(found, stages=stages, worst=worst_of(stages), hidden=hidden)


def retention_cells(found: Retention) -> Retention:
    """Without cohorts of fewer than ten, and without periods in which fewer than ten of a cohort came back, or did not.

    The curve is of the cohorts that are shown, and more cells are hidden where it would tell of one of them.
    """
    large = shown({one.start: one.size for one in found.cohorts}).groups
    kept = tuple(one for one in found.cohorts if one.start in large)
    whole = curved(found.period, kept, len(found.cohorts) - len(kept))
    told: list[set[int]] = [{0} for _ in kept]
    for place in range(1, len(whole.people)):
        known = [(n, one.size, share) for n, one in enumerate(kept) if (share := one.shares[place]) is not None]
        parts = [round(size * share) for _, size, share in known]
        for at in shown_parts(parts, [size for _, size, _ in known]):
            told[known[at][0]].add(place)
    hits, people = back_of(kept)
    safe = [many(part) and many(size - part) for part, size in zip(hits, people, strict=True)]
    return structs.replace(
        whole,
        cohorts=tuple(_only(one, places) for one, places in zip(kept, told, strict=True)),
        curve=tuple(share if good else None for share, good in zip(whole.curve, safe, strict=True)),
        low=tuple(share if good else None for share, good in zip(whole.low, safe, strict=True)),
        high=tuple(share if good else None for share, good in zip(whole.high, safe, strict=True)),
    )


def _only(cohort: Cohort, places: set[int]) -> Cohort:
    hidden = tuple(n for n, share in enumerate(cohort.shares) if share is not None and n not in places)
    shares = tuple(share if n in places else None for n, share in enumerate(cohort.shares))
    return structs.replace(cohort, shares=shares, hidden=hidden)
