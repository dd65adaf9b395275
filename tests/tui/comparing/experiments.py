"""Experiments whose accuracy follows from predicted ids by seed, for the tests of comparisons."""

from typing import Any

from tests.tui.history.repository import IF, F, Repository, cell_path, params, predicted, study
from tui.comparing.comparison import Comparison, MetricLine, compare
from tui.comparing.groups import FITTING, Grouping
from tui.history.rows import History

GOLD = [0, 1] * 20


def ids(wrong: int, seeds: list[int], shift: int = 0) -> dict[str, list[int]]:
    """Predicted ids by seed, of which about `wrong` are wrong: one less in the first seed."""
    by_seed = {}
    for place, seed in enumerate(seeds):
        bad = {(shift + 3 * place + row) % len(GOLD) for row in range(max(0, wrong - (place == 0)))}
        by_seed[str(seed)] = [1 - label if row in bad else label for row, label in enumerate(GOLD)]
    return by_seed


def trained(
    wrong: int, seeds: list[int] | None = None, rate: float = 0.001, test: str = "t1", **more: Any
) -> dict[str, str | None]:
    """The files of an experiment: F by its predicted ids, IF the same in all."""
    import json

    seeds = seeds or [1, 2, 3]
    values = params(
        training={"intermediate": {"epochs": 3}, "target": {"learning_rate": rate, "epochs": 6}}, seeds=seeds, **more
    )
    by_seed = ids(wrong, seeds)
    shares = {seed: sum(map(int.__eq__, row, GOLD)) / len(GOLD) for seed, row in by_seed.items()}
    mean = sum(shares.values()) / len(shares)
    text = json.dumps({"accuracy": {"mean": mean, "seeds": shares}, "macro_f1": {"mean": 0.5}})
    same = json.dumps({"accuracy": {"mean": 0.9}, "macro_f1": {"mean": 0.9}})
    return {**study(values, cells={F: text, IF: same}), cell_path(F, "predicted"): predicted(GOLD, by_seed, test)}


def compared(repository: Repository, *names: str, grouping: Grouping = FITTING) -> Comparison:
    """Revisions by name, the baseline first."""
    history = History(repository.root)
    return compare(history, [history.row(history.resolve(name)) for name in names], grouping)


def line(found: Comparison, metric: str = "accuracy", scope: str = F) -> MetricLine:
    """A line of the comparison."""
    return next(line for line in found.metrics if (line.scope, line.metric) == (scope, metric))
