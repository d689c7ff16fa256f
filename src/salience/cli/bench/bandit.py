"""`salience bench bandit`: policies in worlds whose truth is known, by the regret that they leave."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from salience.cli import show
from salience.cli.bench import written
from salience.cli.bench.cells import cells
from salience.cli.parser import Parser, did_you_mean, whole
from salience.events.fault import InvalidInput

if TYPE_CHECKING:
    from salience.optimise.bandit.play import Played, World
    from salience.optimise.bandit.policies import Policy

WORLDS = ("e1", "e2", "drift", "slate")
LABEL, REWARD = ("label", "class", "target", "action", "y"), "reward_"


def add(parser: Parser) -> None:
    """What the task takes."""
    parser.add_argument(
        "--world", metavar="e1|e2|drift|slate|CSV", required=True,
        help="a line per action; it turns; it drifts; pages read from the top; a table with a column `label` "
        "or with `reward_ACTION` for each",
    )  # fmt: skip
    parser.add_argument("--policy", metavar="NAMES", help="between commas (the default policy); `all` for every one")
    parser.add_argument("--seeds", type=whole(1, 1000), default=1, help="how many, from --seed on (1)")
    parser.add_argument("--rounds", type=whole(10, 10_000_000), default=20_000, help="of a simulated world (20,000)")
    parser.add_argument("--delay", type=whole(0, 10_000_000), default=0, help="rounds until a reward is told (0)")


def run(args: Namespace) -> int:
    """Play every policy with every seed; print the regret in percent of that of choosing evenly."""
    written.check(args.out)
    from salience.optimise.bandit.policies import DEFAULT, POLICIES, named

    wanted = list(POLICIES) if args.policy == "all" else [p.strip() for p in (args.policy or DEFAULT).split(",")]
    policies = [named(name) for name in wanted]
    began, until = time.perf_counter(), time.perf_counter() + 60 * args.minutes
    found: dict[str, list[Played]] = {policy.name: [] for policy in policies}
    with show.progress() as progress:
        for turn in range(args.seeds):
            game = _game(args, args.seed + turn)
            for at, policy in enumerate(policies):
                if time.perf_counter() < until or not found[policy.name]:
                    progress(policy.name, turn * len(policies) + at, args.seeds * len(policies))
                    found[policy.name].append(game(policy))
    rows = sorted((_summary(name, games) for name, games in found.items()), key=lambda row: float(row["regret"]))
    written.write(args.out, _columns(found))
    if args.json:
        show.as_json({"task": "bandit", "world": args.world, "seed": args.seed, "policies": rows,
                      "seconds": round(time.perf_counter() - began, 3)})  # fmt: skip
        return 0
    show.table(
        f"world {args.world}, {args.seeds} seeds",
        ("policy", "regret, % of uniform", "+-", "mean reward", "least propensity", "mean weight", "turns seen"),
        [(r["policy"], f"{r['regret']:.2f}", f"{r['error']:.2f}", f"{r['reward']:.4f}", f"{r['least']:.2g}",
          f"{r['weight']:.3f} +- {r['weight_error']:.3f}", f"{r['turns']:g}") for r in rows],
    )  # fmt: skip
    return 0


def _game(args: Namespace, seed: int) -> Callable[[Policy], Played]:
    """Plays a policy in the world of a seed."""
    if args.world == "slate":
        from salience.optimise.bandit.play_pages import play_pages
        from salience.optimise.worlds.slate import slate

        if args.delay:
            raise InvalidInput("delay", args.delay, "pages are told at once", "leave --delay out")
        pages = slate(seed, rounds=args.rounds)
        return lambda policy: play_pages(pages, policy, seed=seed)
    from salience.optimise.bandit.play import play
    from salience.optimise.worlds.delays import all_late

    world = _world(args, seed)
    late = all_late(len(world.x), args.delay) if args.delay else None
    return lambda policy: play(world, policy, seed=seed, delays=late)


def _world(args: Namespace, seed: int) -> World:
    from salience.optimise.worlds.drift import drifting
    from salience.optimise.worlds.linear import linear

    if args.world in ("e1", "e2"):
        return linear(seed, rounds=args.rounds, turns=args.world == "e2")
    if args.world == "drift":
        return drifting(seed, rounds=args.rounds)
    if not Path(args.world).expanduser().exists():
        way = did_you_mean(args.world, WORLDS, "one of " + ", ".join(WORLDS) + ", or a CSV file")
        raise InvalidInput("world", args.world, "is no world, and no file", way)
    return _table(args.world, seed)


def _table(name: str, seed: int) -> World:
    """A world out of a file: `salience.optimise.worlds.labels`."""
    import numpy as np

    from salience.optimise.ope.log import encoder, numbers
    from salience.optimise.worlds.labels import labels

    table = cells("world", name)
    rewards = [column for column in table if column.startswith(REWARD)]
    label = next((column for column in table if column.lower() in LABEL), None)
    if len(rewards) > 1:
        reward = np.stack([numbers(table[column]) for column in rewards], axis=1)
    elif label is not None:
        rewards = [label]
        kinds = sorted(set(table[label]))
        reward = np.array([[float(cell == kind) for kind in kinds] for cell in table[label]])
    else:
        way = "one of " + ", ".join(WORLDS) + ", or a table with a column `label`"
        raise InvalidInput("world", name, "shows no rewards: no column `label`, none `reward_ACTION`", way)
    rest = {column: values for column, values in table.items() if column not in rewards}
    return labels(encoder(rest).encode(rest, len(reward)), reward, seed=seed)


def _summary(name: str, games: list[Played]) -> dict[str, Any]:
    import numpy as np

    regret = np.array([game.regret for game in games])
    error = float(regret.std(ddof=1) / np.sqrt(len(games))) if len(games) > 1 else 0.0
    return {
        "policy": name, "regret": float(regret.mean()), "error": error, "games": len(games),
        "reward": float(np.mean([game.earned / max(sum(game.chosen), 1) for game in games])),
        "least": min(game.least for game in games),
        "weight": float(np.mean([game.weight for game in games])),
        "weight_error": float(np.sqrt(np.sum([game.weight_error**2 for game in games])) / len(games)),
        "turns": float(np.mean([game.turns for game in games])),
        "regrets": regret.round(4).tolist(),
    }  # fmt: skip


def _columns(found: dict[str, list[Played]]) -> dict[str, Any]:
    import numpy as np

    flat = [(name, at, game.regret, game.least) for name, games in found.items() for at, game in enumerate(games)]
    policy, game, regret, least = zip(*flat, strict=True)
    return {"policy": np.array(policy, dtype=object), "game": np.array(game), "regret": np.array(regret),
            "least_propensity": np.array(least)}  # fmt: skip
