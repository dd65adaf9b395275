"""What a plan costs: recorded timings scaled by rows, epochs, seeds and the work of a model, and silence where there are none."""

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from pipeline.study import Study, study_from
from tests.tui.toy import ROOT, detour, shell
from tui.runs.forecast import Forecast, forecast
from tui.runs.model_sizes import Size, size_of
from tui.runs.plan import Stage
from tui.runs.spans import in_words, span_in_words

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


def record(tree: Path, name: str, *rates: float, host: str = "elsewhere") -> None:
    path = tree / "reports" / "timings" / name.split("@")[0] / f"{name.split('@')[1]}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    seeds = [{"seed": 1, "seconds": 1.0, "examples_per_second": rate, "device": "cpu"} for rate in rates]
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
    (tree / "reports" / "timings" / "classification" / "sms_spam-imdb-bert.json").unlink()
    assert one(tree).minutes is None
    assert one(tree).estimates[0].basis == "no basis: nothing was timed yet"


def test_a_corpus_that_asks_for_all_its_rows_has_none_to_count(tree: Path) -> None:
    values = params()
    del values["corpora"]["sms_spam"]["sample"]
    made = forecast(study_from(values), [stage(CELL)], tree)
    assert made.minutes is None
    assert "corpora.sms_spam says no sample" in made.estimates[0].basis


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


def test_stages_from_the_cache_cost_nothing_and_undecided_ones_perhaps(tree: Path) -> None:
    assert one(tree, state="restorable").estimates == ()
    low, high = one(tree, state="undecided").minutes
    assert low == 0 < high


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


def test_plan_prints_the_forecast_and_its_basis(finished: Path) -> None:
    said = detour(finished, "plan", "--set", "training.target.epochs=3").stdout
    assert "Forecast: no basis." in said
    assert "no basis: only training is timed" in said
    told = json.loads(detour(finished, "plan", "--set", "training.target.epochs=3", "--json").stdout)
    assert told["forecast"]["minutes"] is None
    assert all("basis" in entry for entry in told["stages"] if entry["state"] == "to run")
