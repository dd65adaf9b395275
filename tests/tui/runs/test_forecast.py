"""What a plan costs: recorded timings scaled by rows, epochs, seeds and the work of a model, and operations where there are none."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from pipeline.study import Study, study_from
from pipeline.training.together import CONTEXT, COPIES, memory_needed
from tests.tui.toy import ROOT, detour, shell
from tui.runs.forecast import Estimate, Forecast, forecast
from tui.runs.kept import Kept, KeptFit
from tui.runs.model_sizes import Size, size_of
from tui.runs.plan import Stage
from tui.runs.rates import rate_here
from tui.runs.spans import in_words, size_in_words, span_in_words

CELL = "classification@sms_spam-imdb-bert"
INTERMEDIATE = "intermediate@imdb-bert"
SAMPLE = YAML(typ="safe").load((ROOT / "params.yaml").read_text(encoding="utf-8"))
EPOCHS = SAMPLE["training"]["target"]["epochs"]


def params(**blocks: Any) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(json.dumps({**SAMPLE, **blocks}))
    for corpus in values["corpora"].values():
        corpus.setdefault("sample", 1000)
    return values


def stage(name: str, state: str = "to run") -> Stage:
    return Stage(name, (), (), (), state, ())


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A checkout whose HEAD holds the sample and the timings of one cell: 90 examples a second, 300 MiB."""
    shell(tmp_path, "git", "init", "--quiet")
    with (tmp_path / "params.yaml").open("w") as file:
        YAML(typ="safe").dump(params(), file)
    record(tmp_path, CELL, 90.0)
    for words in (
        ["add", "."],
        ["-c", "user.name=T", "-c", "user.email=t@e.org", "commit", "--quiet", "--message", "Base"],
    ):
        shell(tmp_path, "git", *words)
    return tmp_path


def record(tree: Path, name: str, *rates: float, host: str = "elsewhere", gpu: int | None = None) -> None:
    path = tree / "reports" / "timings" / name.split("@")[0] / f"{name.split('@')[1]}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    device, training = "cuda" if gpu else "cpu", {"reserved_bytes": gpu}
    seeds = [{"seed": 1, "examples_per_second": rate, "device": device, "training": training} for rate in rates]
    path.write_text(json.dumps({"seeds": seeds, "process": [{"host": host, "peak_memory_mib": 300.0}]}))


def one(tree: Path, name: str = CELL, state: str = "to run", **blocks: Any) -> Forecast:
    study: Study = study_from(params(**blocks))
    return forecast(study, [stage(name, state)], tree)


def test_the_same_training_takes_what_it_took(tree: Path) -> None:
    # 1,000 rows, 70 % of them for training and a tenth of those for dev; 2 seeds, 90 examples a second.
    minutes = round(1000 * 0.7 * 0.9) * EPOCHS * 2 / 90 / 60
    assert one(tree).minutes == pytest.approx((minutes, minutes))
    assert one(tree).memory_mib == 300
    assert one(tree).estimates[0].basis == "the same model and corpus on elsewhere (cpu)"


def test_epochs_seeds_and_rows_count(tree: Path) -> None:
    (once, _), training = one(tree).minutes, SAMPLE["training"]
    longer = {**training, "target": {**training["target"], "epochs": 10 * EPOCHS}}
    assert one(tree, training=longer).minutes[0] == pytest.approx(10 * once)
    assert one(tree, seeds=[1]).minutes[0] == pytest.approx(once / 2)
    corpora = {**SAMPLE["corpora"], "sms_spam": {**SAMPLE["corpora"]["sms_spam"], "sample": 3000}}
    assert one(tree, corpora=corpora).minutes[0] == pytest.approx(3 * once)


def test_a_range_runs_from_the_quickest_record_to_the_slowest(tree: Path) -> None:
    record(tree, CELL, 30.0, 90.0)
    low, high = one(tree).minutes
    assert high == pytest.approx(3 * low)


def test_another_corpus_and_an_intermediate_rest_on_the_same_model(tree: Path) -> None:
    assert one(tree, INTERMEDIATE).estimates[0].basis == "the same model on other corpora on elsewhere (cpu)"


def test_another_model_is_scaled_by_its_work_and_told_with_a_wider_range(tree: Path) -> None:
    build = {"layers": 4, "hidden": 64, "heads": 2, "feed_forward": 128, "positions": 64}
    encoders = {**SAMPLE["encoders"], "bert": {"architecture": "bert", "build": build}}
    (same, _), (low, high) = one(tree).minutes, one(tree, encoders=encoders).minutes
    assert (low, high) == pytest.approx((same * 2 / 2, same * 2 * 2))
    assert "another model's records scaled by 2" in one(tree, encoders=encoders).estimates[0].basis


def test_this_machines_records_come_first(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(tree, "classification@sms_spam-pretrained-bert", 45.0, host="here")
    monkeypatch.setattr("platform.node", lambda: "here")
    estimate = one(tree).estimates[0]
    assert estimate.basis.endswith("on here (cpu)")
    assert estimate.low == pytest.approx(2 * round(1000 * 0.7 * 0.9) * EPOCHS * 2 / 90 / 60)


def test_what_has_no_basis_is_said_and_counted(tree: Path) -> None:
    study = study_from(params())
    made = forecast(study, [stage(CELL), stage("collect@imdb"), stage("report")], tree)
    assert made.without == 2
    assert made.estimates[1].basis == "no basis: only training is timed"


def test_without_any_record_operations_are_counted_and_the_range_is_wide(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree / "reports" / "timings" / "classification" / "sms_spam-imdb-bert.json").unlink()
    monkeypatch.setattr("tui.runs.rates._measured", lambda: 1e10)
    monkeypatch.setattr("tui.runs.rates.device_here", lambda: "cpu")
    examples, size = round(1000 * 0.7 * 0.9) * EPOCHS * 2, Size(2, 64, 128, 4)
    low, high = one(tree).minutes
    assert low == pytest.approx(6 * 1.2 * examples * size.work(16) / 1e10 / 0.7 / 60)
    assert high == pytest.approx(6 * 1.2 * examples * size.work(64) / 1e10 / 0.05 / 60)
    assert one(tree).estimates[0].basis == (
        "nothing was timed yet: operations counted, at a share of 10 GFLOP/s measured on this machine's processor"
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("NVIDIA H100 80GB HBM3", "989 TFLOP/s stated for NVIDIA H100 80GB HBM3"),
        ("Tesla V100-SXM2-16GB", "16 TFLOP/s stated for Tesla V100-SXM2-16GB"),
        ("GeForce 9", "10 TFLOP/s, which is a guess: nobody states a peak of GeForce 9"),
    ],
)
def test_a_gpus_rate_is_what_its_maker_states(name: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.runs.rates.device_here", lambda: name)
    assert rate_here("auto").words == words


def test_a_corpus_that_asks_for_all_its_rows_has_as_many_as_when_it_was_prepared(tree: Path) -> None:
    values = params()
    del values["corpora"]["sms_spam"]["sample"]
    made = forecast(study_from(values), [stage(CELL)], tree)
    assert made.minutes is None
    assert "corpora.sms_spam says no sample and was never prepared" in made.estimates[0].basis
    card = tree / "reports" / "corpora" / "sms_spam.json"
    card.parent.mkdir(parents=True)
    parts = {"ham": {"train": 500, "dev": 60, "test": 240}, "spam": {"train": 125, "dev": 15, "test": 60}}
    card.write_text(json.dumps({"about": [{"labels": parts}]}))
    assert forecast(study_from(values), [stage(CELL)], tree).minutes == pytest.approx(one(tree).minutes)


def test_a_model_of_the_hub_that_nobody_knows_has_no_basis(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tree / "home"))
    hub = {"id": "owner/model", "revision": "1" * 40}
    encoders = {**SAMPLE["encoders"], "bert": {"architecture": "bert", "hub": hub}}
    assert "not known before it is fetched" in one(tree, encoders=encoders).estimates[0].basis
    snapshot = tree / "home" / "hub" / "models--owner--model" / "snapshots" / ("1" * 40)
    snapshot.mkdir(parents=True)
    config = {"num_hidden_layers": 2, "hidden_size": 64, "intermediate_size": 128, "vocab_size": 1000}
    (snapshot / "config.json").write_text(json.dumps(config))
    assert one(tree, encoders=encoders).minutes is not None


def test_stages_from_the_cache_cost_nothing(tree: Path) -> None:
    assert one(tree, state="restorable").estimates == ()


def test_what_a_kept_state_has_behind_it_costs_nothing_again(tree: Path) -> None:
    kept = Kept((1, 2), (KeptFit(1, 1, 1, None, 4), KeptFit(2, 1, 1, 3, 4)))
    waiting = [replace(stage(CELL), kept=kept)]
    made = forecast(study_from(params()), waiting, tree)
    # Of two seeds one is done and half of the other.
    assert made.minutes[0] == pytest.approx(one(tree).minutes[0] / 4)


def test_the_memory_of_a_gpu_is_that_which_training_reckons_with(tree: Path) -> None:
    (tree / "data").mkdir()
    (tree / "data" / "vocabulary.txt").write_text("word\n" * 500)
    low, high = one(tree).estimates[0].gpu_mib
    size = Size(2, 64, 128, 4, 500, 2)
    weights = size.parameters * 4
    config = SimpleNamespace(hidden_size=64, num_attention_heads=2, num_hidden_layers=2)
    settings = SimpleNamespace(max_tokens=64, batch_size=16)
    assert high * 2**20 == pytest.approx(memory_needed(config, weights, settings))
    assert low * 2**20 == pytest.approx(CONTEXT + COPIES * weights)


def test_what_a_gpu_gave_before_comes_first(tree: Path) -> None:
    record(tree, CELL, 90.0, gpu=900 * 2**20)
    assert one(tree).gpu_mib == pytest.approx((900, 900 + 700))
    longer = {**SAMPLE["training"], "target": {**SAMPLE["training"]["target"], "batch_size": 64}}
    # Other batches are another matter, and the word list is not there.
    assert one(tree, training=longer).gpu_mib is None


def test_disk_is_counted_for_checkpoints_and_states(tree: Path) -> None:
    (tree / "data").mkdir()
    (tree / "data" / "vocabulary.txt").write_text("word\n" * 500)
    mib = Size(2, 64, 128, 4, 500, 2).parameters * 4 / 2**20
    training = {**SAMPLE["training"], "intermediate": {**SAMPLE["training"]["intermediate"], "seeds": [1, 2, 3]}}
    study = study_from(params(training=training))
    stages = [stage("encoder@bert"), stage(INTERMEDIATE), stage(CELL), stage("report")]
    made = forecast(study, stages, tree, jobs=2)
    by_name = {estimate.stage: estimate.disk_mib for estimate in made.estimates}
    assert by_name["encoder@bert"] == pytest.approx((mib, 2 * mib))
    assert by_name[INTERMEDIATE] == pytest.approx((3 * mib, 9 * mib))
    assert by_name[CELL] == (0, 0)
    assert by_name["report"] is None
    # Two states under way beside what is left.
    assert made.disk_mib == pytest.approx((4 * mib, 11 * mib + 2 * 4 * mib))


@given(data=st.data())
def test_no_schedule_without_idle_slots_leaves_the_bounds(data: st.DataObject) -> None:
    count, jobs = data.draw(st.integers(1, 8)), data.draw(st.integers(1, 4))
    names = [f"s{index}" for index in range(count)]
    minutes = {name: data.draw(st.floats(0.1, 10)) for name in names}
    upstream = {
        name: tuple(sorted(data.draw(st.sets(st.sampled_from(names[:index]), max_size=3)))) if index else ()
        for index, name in enumerate(names)
    }
    estimates = tuple(Estimate(name, minutes[name], minutes[name], None, "") for name in names)
    low, high = Forecast(estimates, upstream, jobs).wall_minutes
    assert low - 1e-6 <= greedy(minutes, upstream, jobs) <= high + 1e-6


def greedy(minutes: dict[str, float], upstream: dict[str, tuple[str, ...]], jobs: int) -> float:
    """When all are done if a slot never waits while a stage is ready."""
    now, running, ended = 0.0, {}, set()
    while len(ended) < len(minutes):
        ready = [one for one in minutes if one not in ended and one not in running and ended.issuperset(upstream[one])]
        for name in ready[: jobs - len(running)]:
            running[name] = now + minutes[name]
        now = min(running.values())
        ended |= {name for name, end in running.items() if end == now}
        running = {name: end for name, end in running.items() if end != now}
    return now


def test_published_sizes_are_those_of_the_models() -> None:
    encoders = study_from({**SAMPLE, **YAML(typ="safe").load((ROOT / "studies/paper.yaml").read_text())}).encoders
    sizes = {name: size_of(encoder, Path("nowhere")) for name, encoder in encoders.items()}
    # 110, 125 and 117 million parameters, of which positions and norms are left out here.
    assert {name: round(size.parameters / 1e6) for name, size in sizes.items()} == {
        "bert": 108,
        "roberta": 124,
        "xlnet": 117,
    }


def test_work_grows_with_length_and_attention() -> None:
    assert Size(1, 2, 3, 4).work(10) == 10 * (4 * 4 + 2 * 2 * 3 + 2 * 10 * 2)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0.05, "3 s"), (1.5, "1.5 min"), (59.0, "59 min"), (90.0, "1.5 h"), (60 * 24 * 1471.0, "1,471 days")],
)
def test_durations_are_said_in_two_figures(minutes: float, words: str) -> None:
    assert in_words(minutes) == words


def test_a_range_says_its_unit_once() -> None:
    assert span_in_words(2, 30) == "2 to 30 min"
    assert span_in_words(2, 120) == "2 min to 2 h"
    assert span_in_words(0, 120) == "up to 2 h"
    assert span_in_words(5.01, 5.02) == "5 min"


def test_a_range_of_sizes_says_its_unit_once() -> None:
    assert size_in_words(512, 900) == "512 to 900 MiB"
    assert size_in_words(512, 2048) == "512 MiB to 2 GiB"
    assert size_in_words(0, 20 * 1024) == "up to 20 GiB"
    assert size_in_words(7, 7) == "7 MiB"


def test_plan_prints_the_forecast_and_its_basis(finished: Path) -> None:
    settings = ("--set", "training.target.epochs=3", "--set", "corpora.sms_spam.sample=100", "--jobs", "2")
    said = detour(finished, "plan", *settings).stdout
    assert "with 2 side by side, if none slows another down" in said
    assert "nothing was timed yet: operations counted" in said
    assert "corpora.movie_reviews says no sample" in said
    assert "training.target.epochs was 4, is 3" in said
    told = json.loads(detour(finished, "plan", *settings, "--json").stdout)
    low, high = told["forecast"]["wall_minutes"]
    assert 0 < low < high < told["forecast"]["minutes"][1]
    assert told["forecast"]["jobs"] == 2
    assert all("basis" in entry for entry in told["stages"] if entry["state"] == "to run")
