from __future__ import annotations

import asyncio

from salience.serve.turns import Turns


def served(*, loud: int, quiet: int) -> list[str]:
    """In which order the calls of two workspaces are worked on that arrived together, the loud one's first."""
    order: list[str] = []

    async def call(turns: Turns, who: str) -> None:
        await turns.turn(who)
        order.append(who)

    async def all_() -> None:
        turns = Turns()
        await asyncio.gather(*(call(turns, who) for who in ["loud"] * loud + ["quiet"] * quiet))

    asyncio.run(all_())
    return order


def test_each_workspace_has_its_turn() -> None:
    assert served(loud=5, quiet=2) == ["loud", "quiet", "loud", "quiet", "loud", "loud", "loud"]


def test_one_alone_goes_on_without_others() -> None:
    assert served(loud=3, quiet=0) == ["loud"] * 3


def test_a_newcomer_comes_before_those_who_wait_and_were_just_served() -> None:
    order: list[str] = []

    async def call(turns: Turns, who: str) -> None:
        await turns.turn(who)
        order.append(who)

    async def all_() -> None:
        turns = Turns()
        loud = [asyncio.create_task(call(turns, "loud")) for _ in range(20)]
        while len(order) < 3:
            await asyncio.sleep(0)
        await asyncio.gather(call(turns, "quiet"), *loud)

    asyncio.run(all_())
    assert order.index("quiet") <= 5


def test_a_cancelled_call_takes_no_turn() -> None:
    order: list[str] = []

    async def call(turns: Turns, who: str) -> None:
        await turns.turn(who)
        order.append(who)

    async def all_() -> None:
        turns = Turns()
        calls = [asyncio.create_task(call(turns, str(n))) for n in range(3)]
        await asyncio.sleep(0)
        calls[1].cancel()
        await asyncio.gather(*calls, return_exceptions=True)

    asyncio.run(all_())
    assert order == ["0", "2"]
