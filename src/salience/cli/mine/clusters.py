"""`salience mine clusters`: people or items, or the rows of a table, in groups by their numbers."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from salience.cli import plots, show
from salience.cli.home import open_engine
from salience.cli.parser import Parser, one_of, whole
from salience.events.fault import InvalidInput

if TYPE_CHECKING:
    from salience.mine.clusters import Clustering

METHODS = ("kmeans", "minibatch", "mixture", "density")
MARKS = 4
CODES = 3  # whole numbers in a column, up to which they are taken for codes


def add(parser: Parser) -> None:
    """What the kind takes."""
    parser.add_argument("--of", type=one_of("people", "items"), default="people", help="people or items (people)")
    parser.add_argument("--file", metavar="CSV", help="rows of a table with a line of names, instead of a workspace")
    parser.add_argument("--columns", default="", metavar="NAME,...", help="of the table; else all that hold numbers")
    parser.add_argument("--method", type=one_of(*METHODS), default="kmeans", help=f"{', '.join(METHODS)} (kmeans)")
    parser.add_argument("--k", type=whole(2, 1000), help="how many; else the number that comes back and separates best")
    parser.add_argument("--seed", type=whole(0, 2**31 - 1), default=0, help="where the search starts (0)")
    parser.add_argument(
        "--tell", action="store_true", help="write it to the log as predicted:cluster of each person, for 30 days"
    )
    parser.add_argument("--plot", metavar="FILE", help="also a picture of what sets them apart, .svg or .png")


def run(args: Namespace) -> int:
    """Print the clusters and whether they are real."""
    plots.check(args.plot)
    if args.tell and (args.file or args.of != "people"):
        raise InvalidInput("tell", "", "is for people of a workspace", "leave it out")
    if args.file:
        from salience.engine.mining import clusters_of

        names, columns, table = read(args.file, args.columns)
        found = clusters_of(table, columns, k=args.k, method=args.method, seed=args.seed)
    else:
        with open_engine(args, read_only=not args.tell) as engine:
            found, rows = engine.clusters(of=args.of, k=args.k, method=args.method, seed=args.seed)
            if args.tell:
                named = {one.label: one.name for one in found.clusters}
                inside = zip(rows.names, found.labels, strict=True)
                told = engine.tell("cluster", {who: named[label] for who, label in inside if label in named})
                show.say(f"{told:,} people told: segments can ask about predicted:cluster")
        names, columns = list(rows.names), list(rows.columns)
    if args.plot:
        cells = [(one.name, [{m.column: m.z for m in one.marks}[c] for c in columns]) for one in found.clusters]
        plots.write(args.plot, plots.heat("Deviations from the mean of all", cells, columns))
    if args.json:
        show.as_json(plain(found, names))
    else:
        print_clusters(found)
    return 0


def print_clusters(found: Clustering) -> None:
    """One line per cluster, then whether they can be trusted."""
    rows = [
        (
            one.name,
            one.size,
            f"{one.share:.0%}",
            "; ".join(f"{m.column} {show.figure(m.median)} (all: {show.figure(m.overall)})" for m in one.marks[:MARKS]),
        )
        for one in found.clusters
    ]
    show.table("", ("cluster", "size", "share", "medians of what sets it apart"), rows)
    if found.outside:
        show.line(f"{found.outside:,} in no cluster")
    show.line(f"{len(found.clusters)} clusters: {found.reason}")
    show.line(found.verdict)


def plain(found: Clustering, names: list[str]) -> dict[str, Any]:
    """For JSON, with the cluster of each row."""
    clusters = {one.label: one.name for one in found.clusters}
    of = {name: clusters.get(label, "") for name, label in zip(names, found.labels, strict=True)}
    return {
        "method": found.method,
        "clusters": found.clusters,
        "stability": found.stability,
        "silhouette": found.silhouette,
        "shuffled": found.shuffled,
        "clear": found.clear,
        "reason": found.reason,
        "verdict": found.verdict,
        "tried": {str(k): {"stability": s, "silhouette": w} for k, (s, w) in found.tried.items()},
        "logged": found.logged,
        "outside": found.outside,
        "of": of,
    }


def read(name: str, wanted: str) -> tuple[list[str], list[str], list[list[float]]]:
    """(names of the rows, columns, numbers). Rows are named by their number."""
    from salience.cli.bench.cells import cells

    held = {head: [_number(cell) for cell in column] for head, column in cells("file", name).items()}
    columns = [cell.strip() for cell in wanted.split(",") if cell.strip()]
    for column in columns:
        if column not in held:
            raise InvalidInput("columns", column, "is not in the table", f"it has {', '.join(held)}")
    if not columns:
        columns = [head for head, values in held.items() if None not in values]
        codes = _codes({column: held[column] for column in columns})
        if codes:
            show.say(f"left out, for a few whole numbers look like codes: {', '.join(codes)}; --columns takes them in")
            columns = [column for column in columns if column not in codes]
    if not columns:
        raise InvalidInput("file", name, "no column holds numbers throughout", "name some with --columns, or fill gaps")
    for column in columns:
        if None in held[column]:
            rule = f"row {held[column].index(None) + 1:,} lacks a number in {column!r}"
            raise InvalidInput("file", name, rule, "fill it, or leave the column out")
    table = [
        [value for value in row if value is not None] for row in zip(*(held[column] for column in columns), strict=True)
    ]
    return [str(at) for at in range(1, len(table) + 1)], columns, table


def _codes(held: Mapping[str, Sequence[float | None]]) -> list[str]:
    """Columns of a few whole numbers among others that are none: codes, which would split the rows by themselves."""
    kinds = {column: {value for value in values if value is not None} for column, values in held.items()}
    found = [column for column, values in kinds.items() if len(values) <= CODES and all(v == int(v) for v in values)]
    return found if len(found) < len(held) else []


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if value - value == 0 else None  # neither NaN nor infinite
