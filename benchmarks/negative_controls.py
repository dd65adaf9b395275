"""Real trainings between which there is nothing to find: what do the verdicts say of them?

Tiny BERT on targets of the bundled sample, every stage called in this process. **F against F with other seeds**: a study never pairs
them, since a pair needs equal seeds; here groups of three seeds are paired by position, so that the rule of the verdicts meets real
variance of seeds and examples. **IF from shuffled labels against F**: the same intermediate training, its labels dealt out at random,
from three checkpoints. A family is one such comparison of every target, as in a study.
"""

import contextlib
import math
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.report import Row, run
from benchmarks.sample_study import run_cells, write_study
from pipeline.corpora.sample.bundle import write_sample
from pipeline.evidence.statistics import Gain, Ids, gain, holm, mean_squares, verdict
from pipeline.files import read_json
from pipeline.study import PRETRAINED, Study

TARGETS = ("sms_spam", "goemotions", "emotions", "pawsx", "stock_names")
"""Those without a site to crawl."""
GROUP = 3
"""Seeds of a comparison: the fewest that allow a verdict."""
ALPHA, MARGIN = 0.05, 0.01
DRAWS = 300
"""Random groupings of a target's seeds."""


@dataclass(frozen=True)
class Trained:
    """One target: seeds x rows of predicted label ids, F and IF from shuffled labels, the seeds in the same order."""

    f: Ids
    shuffled: Ids
    gold: Ids
    classes: int


def measure(quick: bool) -> list[Row]:
    """Train, compare, count."""
    targets, seeds, checkpoints = (TARGETS[:1] + TARGETS[3:4], 6, 1) if quick else (TARGETS, 18, 3)
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), contextlib.redirect_stdout(sys.stderr):
        trained = train(control_study(targets, seeds, checkpoints))
    told = f"{len(targets)} targets of the sample ({', '.join(targets)}), tiny BERT, groups of {GROUP} of {seeds} seeds"
    return [*_other_seeds(trained, told, quick), *_shuffled(trained, f"{told}, {checkpoints} intermediate checkpoints")]


def control_study(targets: Sequence[str], seeds: int, checkpoints: int) -> Study:
    """The given targets with starts from shuffled labels, in the current folder."""

    def shuffle(values: Any) -> None:
        values["training"]["intermediate"]["seeds"] = list(range(1, checkpoints + 1))
        for block in values["starts"].values():
            block["labels"] = "shuffled"

    return write_study(targets, range(1, seeds + 1), shuffle)


def train(study: Study) -> dict[str, Trained]:
    """Every cell of the study, in the current folder; by target, in the order of the study."""
    torch.set_num_threads(1)
    write_sample(Path("data"))
    run_cells(study)
    sides: dict[str, dict[bool, Any]] = {}
    for cell in study.cells():
        record = read_json(Path("reports/predicted") / cell.task / f"{cell.stem}.json")
        sides.setdefault(cell.target, {})[cell.start == PRETRAINED] = record
    return {target: _trained(records[True], records[False]) for target, records in sides.items()}


def _trained(f: Mapping[str, Any], shuffled: Mapping[str, Any]) -> Trained:
    ids = [np.array([one["predicted"][seed] for seed in sorted(one["predicted"], key=int)]) for one in (f, shuffled)]
    return Trained(*ids, np.array(f["gold"]), len(f["labels"]))


def judge(family: Sequence[Gain]) -> list[str]:
    """The verdicts of a family of gains, as `pipeline.evidence.gains` decides them."""
    estimates = [found.accuracy for found in family]
    differences = holm([one.p_value for one in estimates])
    equivalences = holm([one.equivalence_p(MARGIN) for one in estimates])
    decided = zip(estimates, differences, equivalences, strict=True)
    return [verdict(one, GROUP, p, equivalence, ALPHA, MARGIN).name for one, p, equivalence in decided]


def _other_seeds(trained: Mapping[str, Trained], told: str, quick: bool) -> list[Row]:
    groups = _groups(trained)
    pairs = list(zip(groups[::2], groups[1::2], strict=True))
    families = [
        [gain(one.f[left], one.f[right], one.gold, one.classes, ALPHA) for one in trained.values()]
        for left, right in pairs
    ]
    verdicts = [judge(family) for family in families]
    wrong = sum(any(name in ("positive", "negative") for name in family) for family in verdicts)
    counts = Counter(name for family in verdicts for name in family)
    small = sum(found.accuracy.p_value <= ALPHA for family in families for found in family)  # type: ignore[operator]
    how = f"F against F with other seeds, {told}, paired by position; verdicts: {_told(counts)}"
    again = f"{DRAWS} random groupings of each target's seeds, which are not independent of each other; by target: "
    shares = {target: _share(one) for target, one in trained.items()}
    listed = ", ".join(f"{target} {share:.3f}" for target, share in shares.items())
    return [
        _counted("controls.f_against_f", wrong, len(families), "families with a verdict of a difference", how, quick),
        _counted("controls.f_against_f.unadjusted", small, counts.total(), f"gains with p <= {ALPHA}", how, quick),
        Row("controls.f_against_f.regrouped", float(np.mean(list(shares.values()))), f"share p <= {ALPHA}", None, None, again + listed),
    ]  # fmt: skip


def _shuffled(trained: Mapping[str, Trained], told: str) -> list[Row]:
    families = [
        [gain(one.f[group], one.shuffled[group], one.gold, one.classes, ALPHA) for one in trained.values()]
        for group in _groups(trained)
    ]
    counts = Counter(name for family in families for name in judge(family))
    means = ", ".join(
        f"{target} {np.mean([family[place].accuracy.mean for family in families]):+.3f}"
        for place, target in enumerate(trained)
    )
    how = f"IF from shuffled labels against F, {told}; verdicts: {_told(counts)}; mean gains: {means}"
    positive = counts["positive"]
    return [Row("controls.shuffled_positive", positive, f"of {counts.total()} gains", "<= 0", positive == 0, how)]


def _groups(trained: Mapping[str, Trained]) -> list[slice]:
    seeds = len(next(iter(trained.values())).f)
    return [slice(begin, begin + GROUP) for begin in range(0, seeds, GROUP)]


def _share(one: Trained) -> float:
    """Of random pairs of groups those whose p-value is at most alpha."""
    rng, hits = np.random.default_rng(0), (one.f == one.gold).astype(np.float64)
    drawn = np.array([rng.permutation(len(hits))[: 2 * GROUP] for _ in range(DRAWS)])
    values = hits[drawn[:, :GROUP]] - hits[drawn[:, GROUP:]]
    values = values[np.ptp(values, axis=(-2, -1)) > 0]
    if not len(values):
        return 0.0
    p = 2 * mean_squares(values).tail(np.abs(values.mean((-2, -1))))
    return float(np.sum(p <= ALPHA) / DRAWS)


def _counted(id_: str, count: int, of: int, unit: str, how: str, quick: bool) -> Row:
    """A count that exceeds its budget in one of a hundred cases where the error rate is alpha."""
    most = next(k for k in range(of + 1) if _above(k, of) <= 0.01)
    budget, holds = (None, None) if quick else (f"<= {most}", count <= most)
    return Row(id_, count, f"of {of} {unit}", budget, holds, how)


def _above(k: int, of: int) -> float:
    """P(X > k) of a binomial count with rate alpha."""
    return 1 - sum(math.comb(of, i) * ALPHA**i * (1 - ALPHA) ** (of - i) for i in range(k + 1))


def _told(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))


if __name__ == "__main__":
    raise SystemExit(run("negative_controls", measure, ["numpy", "torch", "transformers"]))
