"""train.* and eval.*: the training core beside transformers' Trainer, the same model on the same texts.

On a CPU: BERT of 4 layers x 256 with random weights, eight examples a step, fp32 and one thread, on SMS messages and
GoEmotions cut at 128 tokens and film reviews cut at 256; ratios are over the Trainer as run_classification sets it, in
examples a CPU-second. On a GPU (`--device cuda`): BERT-base over synthetic texts at 64 to 512 tokens, against a plain loop
that needs torch and transformers alone. Each measurement has a process of its own, modes take turns, and medians are told.
What a stage costs before its first step is measured by `benchmarks.start`, whose rows are told here as well.
`--equivalence` trains ten seeds of MiniLM instead and asks whether the core's accuracy is the Trainer's.
"""

import importlib.util
import statistics
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.report import Row, parser, publish
from benchmarks.training.job import Job, Measured, Size, measure

SMALL, BASE, LITTLE = Size(4, 256, 4, 1024), Size(12, 768, 12, 3072), Size(1, 16, 2, 32)

MAIN = "unpadded"
"""The core's mode whose ratios are budgets."""

FIRST, CAREFUL = "trainer", "trainer_grouped"
"""The Trainer as run_classification sets it, and with care."""

CPU_MODES = (FIRST, CAREFUL, "padded", "unpadded", "shuffled", "bf16")
GPU_MODES = ("plain", "plain_bf16", "padded", "unpadded", "bf16")

BUDGETS = {"sms128": 4.2, "goemotions128": 6.0, "imdb256": 1.1}
EVALUATION_BUDGET = 4.0
MEMORY_BUDGET = 1.1
LOGITS_BUDGET = 1e-5

ROUNDS = 3

ALIKE = (FIRST, "plain", "plain_bf16")
"""Modes that pad every example to the longest allowed: each step costs the same, so that a quarter of them tells as much."""

Found = dict[str, list[Measured]]
"""By mode, one for each round."""


def cpu_jobs(quick: bool) -> dict[str, Job]:
    """One job for each corpus by the name of its rows."""
    part = 4 if quick else 1
    return {
        "sms128": Job(FIRST, "sms", 128, 1280 // part, SMALL, evaluated=800 // part, compared=160 // part),
        "goemotions128": Job(FIRST, "goemotions", 128, 1280 // part, SMALL),
        "imdb256": Job(FIRST, "imdb", 256, 512 // part, SMALL),
    }


def gpu_jobs(quick: bool, device: str) -> dict[str, Job]:
    """One job for each length; 32 examples a step, for eight leave a large GPU idle. On a CPU, a rehearsal in little."""
    examples, size, batch = (640 if quick else 6_400, BASE, 32) if device == "cuda" else (32, LITTLE, 4)
    job = Job("plain", "synthetic", 0, examples, size, batch=batch, evaluated=examples, device=device)
    return {f"synthetic{tokens}": replace(job, max_tokens=tokens) for tokens in (64, 128, 256, 512)}


def take_turns(job: Job, modes: Sequence[str], rounds: int) -> Found:
    """Every mode once a round; logits are compared in the first."""
    found: Found = {mode: [] for mode in modes}
    for turn in range(rounds):
        for mode in modes:
            share = 4 if mode in ALIKE else 1
            fewer = {"examples": job.examples // share, "evaluated": job.evaluated // share}
            compared = job.compared if turn == 0 and mode not in ALIKE else 0
            found[mode].append(measure(replace(job, mode=mode, compared=compared, **fewer)))
            print(f"{job.corpus} {job.max_tokens} {mode}: {found[mode][-1].examples_per_second:.3g}/s", file=sys.stderr)
    return found


def rows_of(name: str, job: Job, found: Found, budget: float | None) -> list[Row]:
    """How many times faster each mode trains than the first one, and each mode's own figures."""
    first = next(iter(found))
    per = "GPU-s" if job.device != "cpu" else "CPU-s"
    told = (
        f"BERT {job.size.layers} x {job.size.hidden}, random weights, {job.corpus} at {job.max_tokens} tokens, {job.batch}"
        f" examples a step, {job.examples} examples but for the first step (a quarter of them where all are padded alike),"
        f" fp32 unless the mode says otherwise, fresh processes that take turns, median of {len(found[first])}"
    )
    rows = []
    for mode, measured in found.items():
        rate = median(measured, "examples_per_second")
        ratio = rate / median(found[first], "examples_per_second")
        if mode != first:
            is_main = mode == MAIN and budget is not None
            row = Row(
                f"train.{name}" if mode == MAIN else f"train.{name}.{mode}", ratio, f"x {first}", None, None, told
            )
            rows.append(replace(row, budget=f">= {budget:g}", holds=ratio >= budget) if is_main and budget else row)
        rates = ", ".join(f"{one.examples_per_second:.4g}" for one in measured)
        figures = (
            f"rounds {rates}; fill {median(measured, 'fill'):.3f}, MFU {median(measured, 'mfu'):.3f}, peak memory"
            f" {median(measured, 'peak_bytes') / 2**20:.0f} MiB of which training added"
            f" {median(measured, 'training_bytes') / 2**20:.0f}"
        )
        rows.append(Row(f"train.{name}.{mode}.rate", rate, f"examples/{per}", None, None, figures))
    return rows


def evaluation_rows(name: str, job: Job, found: Found, budget: float | None) -> list[Row]:
    """How many times faster each mode predicts than the first one."""
    first = next(iter(found))
    rates = {mode: median(measured, "evaluated_per_second") for mode, measured in found.items()}
    told = f"{job.evaluated} other examples of the same corpus after training, {first}: {rates[first]:.4g} examples/s"
    rows = []
    for mode, rate in rates.items():
        if mode != first:
            is_main, ratio = mode == MAIN, rate / rates[first]
            row = Row(f"eval.{name}" if is_main else f"eval.{name}.{mode}", ratio, f"x {first}", None, None, told)
            rows.append(replace(row, budget=f">= {budget:g}", holds=ratio >= budget) if is_main and budget else row)
    return rows


def memory_rows(found: dict[str, Found]) -> list[Row]:
    """Peak memory of the core over that of the careful Trainer, where it is largest."""
    rows = []
    for id_, field in (("train.memory", "peak_bytes"), ("train.memory.added", "training_bytes")):
        ratios = {name: median(one[MAIN], field) / median(one[CAREFUL], field) for name, one in found.items()}
        highest = max(ratios.values())
        listed = ", ".join(f"{name} {ratio:.3f}" for name, ratio in ratios.items())
        row = Row(id_, highest, f"x {CAREFUL}", None, None, f"what training adds to what was resident: {listed}")
        if field == "peak_bytes":
            how = f"peak resident memory of the whole process, libraries included: {listed}"
            row = replace(row, budget=f"<= {MEMORY_BUDGET:g}", holds=highest <= MEMORY_BUDGET, how=how)
        rows.append(row)
    return rows


def logits_rows(found: Found) -> list[Row]:
    """Largest differences of logits, from the same trained weights."""
    told = "logits of the same trained weights over SMS at 128 and film reviews at 256 tokens"
    core = [one.difference for mode in found if mode not in (FIRST, CAREFUL, "bf16") for one in found[mode]]
    pairs = {
        "train.logits": (max(value for value in core if value is not None), "core in fp32 over the padded model"),
        "train.logits_trainers": (found[CAREFUL][0].difference, f"{CAREFUL} over {FIRST}"),
    }
    if "bf16" in found:
        pairs["train.logits.bf16"] = (found["bf16"][0].difference, "core in bf16 over the padded model in fp32")
    rows = []
    for id_, (value, what) in pairs.items():
        row = Row(id_, value, "largest difference", None, None, f"{told}, {what}")
        if id_ != "train.logits.bf16" and value is not None:
            row = replace(row, budget=f"<= {LOGITS_BUDGET:g}", holds=value <= LOGITS_BUDGET)
        rows.append(row)
    return rows


def median(measured: Sequence[Measured], field: str) -> float:
    """The median over rounds of one of the fields."""
    return float(statistics.median(getattr(one, field) for one in measured))


def computes_bf16() -> bool:
    """Whether this processor multiplies bf16 itself; others imitate it, slower than fp32."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    except OSError:
        return False
    return bool({"amx_bf16", "avx512_bf16"} & set(flags))


def on_cpu(jobs: dict[str, Job], rounds: int) -> list[Row]:
    """All rows of a CPU."""
    modes = [mode for mode in CPU_MODES if mode != "bf16" or computes_bf16()]
    found = {name: take_turns(job, modes, rounds) for name, job in jobs.items()}
    rows = []
    for name, job in jobs.items():
        rows += rows_of(name, job, found[name], BUDGETS.get(name))
        if job.evaluated:
            rows += evaluation_rows(name, job, found[name], EVALUATION_BUDGET)
        if job.compared:
            rows += logits_rows(found[name])
        if "bf16" not in modes:
            how = "left out: this processor has neither AMX nor AVX-512 instructions for bf16"
            rows.append(Row(f"train.{name}.bf16", None, f"x {FIRST}", None, None, how))
    return [*rows, *memory_rows(found)]


def on_gpu(jobs: dict[str, Job], rounds: int) -> tuple[list[Row], str]:
    """All rows of a GPU, and its name."""
    rows, device = [], ""
    for name, job in jobs.items():
        found = take_turns(job, GPU_MODES, rounds)
        rows += rows_of(name, job, found, None) + evaluation_rows(name, job, found, None)
        device = found[MAIN][0].device
    return rows, device


def main() -> int:
    """Measure what the options ask for."""
    options = parser("training")
    options.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="where the modes are trained")
    options.add_argument("--synthetic", action="store_true", help="the GPU's rows; on a CPU a rehearsal of them")
    options.add_argument("--equivalence", action="store_true", help="is the core's accuracy the Trainer's? Ten seeds")
    options.add_argument("--rounds", type=int, default=ROUNDS, metavar="N", help=f"turns of every mode ({ROUNDS})")
    chosen = options.parse_args()
    rounds = 1 if chosen.quick else max(1, chosen.rounds)
    packages = [name for name in ("torch", "transformers", "accelerate") if importlib.util.find_spec(name)]
    if chosen.equivalence:
        from benchmarks.training.equivalence import measure as equivalence

        return publish("training-equivalence", equivalence(chosen.quick), chosen.out, [*packages, "scipy"])
    if chosen.device == "cuda" or chosen.synthetic:
        rows, device = on_gpu(gpu_jobs(chosen.quick, chosen.device), rounds)
        return publish("training", rows, chosen.out, packages, device)
    # It needs the whole project, which a GPU box that only trains does not have.
    from benchmarks.start import measure as start

    rows = [*on_cpu(cpu_jobs(chosen.quick), rounds), *start(chosen.quick)]
    return publish("training", rows, chosen.out, [*packages, "pyarrow", "dvc"])


if __name__ == "__main__":
    sys.exit(main())
