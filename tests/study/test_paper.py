"""studies/paper.yaml: what it declares, what it costs, how it refuses without a hub, and one cell of it end to end."""

import copy
import hashlib
import io
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from pipeline.study import TASKS, Study, load_study, study_from
from tests.pipeline.hubserver import Repositories, point_here, serving
from tests.study.mini import make_mini
from tests.study.warm import warm_stages
from tests.tui.toy import ROOT, copy_toy, detour, environment, shell
from tui.runs.forecast import forecast
from tui.runs.pins import unpinned_places
from tui.runs.plan import CLOSING, Stage

PAPER = ROOT / "studies" / "paper.yaml"
BLOCKS: dict[str, Any] = YAML(typ="safe").load(PAPER.read_text(encoding="utf-8"))
CELL = "classification@sms_spam-imdb-bert"


@pytest.fixture(scope="module")
def paper() -> Study:
    values = YAML(typ="safe").load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    return study_from({**values, **BLOCKS}, "the paper's study")


class TestDeclaration:
    def test_it_has_the_papers_cells_epochs_and_shares(self, paper: Study) -> None:
        assert len(paper.cells()) == 36
        assert len(paper.starts) * len(paper.models) == 9
        assert (paper.training.intermediate.epochs, paper.training.target.epochs) == (100, 10)
        assert paper.split.test == 0.3
        assert {start.head for start in paper.starts.values()} == {"reinit"}
        # Under this protocol a cell records the epoch that dev selects and the paper's choice on test.
        assert paper.training.target.protocol == "paper"

    def test_it_asks_for_the_papers_sizes(self, paper: Study) -> None:
        asked = {
            key: corpus.sample or sum(file.sample or 0 for file in corpus.source)
            for key, corpus in paper.corpora.items()
        }
        targets = {
            "sms_spam": 5600,
            "movie_reviews": 200,
            "goemotions": 5200,
            "emotions": 1700,
            "stock_names": 2100,
            "pawsx": 4000,
        }
        assert asked == {**targets, "imdb": 50_000, "imdb_genres": 49_000, "paws": 49_401}

    def test_every_crosslingual_corpus_is_translated_into_english(self, paper: Study) -> None:
        found = {corpus.translation for corpus in paper.corpora.values() if corpus.kind == "crosslingual"}
        assert found == {"to_english"}

    def test_all_but_xlnet_is_pinned_and_files_by_hand_lie_below_data(self, paper: Study) -> None:
        assert unpinned_places(paper) == ["encoders.xlnet.hub"]
        paths = [file.path for corpus in paper.corpora.values() for file in corpus.source if file.path]
        assert all(path.startswith("data/paper/") for path in paths)

    def test_each_training_has_a_forecast_from_what_this_checkout_recorded(self, paper: Study) -> None:
        names = [f"intermediate@{start}-{model}" for start in paper.starts for model in paper.models]
        names += [cell.name for cell in paper.cells()]
        made = forecast(paper, [Stage(name, (), (), (), "to run", ()) for name in names], ROOT)
        assert len(made.known) == 45
        least, most = made.minutes
        assert 0 < least < most
        # 16 bytes for each of RoBERTa's 124 million parameters.
        assert made.memory_mib == pytest.approx(16 * 123.5e6 / 2**20, rel=0.01)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone with data/ in which nothing has run."""
    return make_mini(tmp_path_factory.mktemp("paper") / "a study")


@pytest.fixture
def clone(template: Path, tmp_path: Path) -> Path:
    return copy_toy(template, tmp_path / "a study")


def made_by_stages(folder: Path) -> list[str]:
    """Whatever lies below the folders that stages write, in the working tree and in those of runs."""
    return [
        str(path)
        for name in ("corpora", "checkpoints")
        for path in folder.rglob(f"{name}/*/*")
        if "pipeline" not in path.parts
    ]


class TestWithoutANetwork:
    def test_it_is_planned_with_its_cells_and_intermediates(self, clone: Path) -> None:
        told = json.loads(detour(clone, "plan", "--study", "paper", "--json").stdout)
        groups = [stage["name"].split("@")[0] for stage in told["stages"]]
        assert sum(groups.count(task) for task in TASKS) == len(told["cells"]) == 36
        assert groups.count("intermediate") == 9
        assert "no commit yet; `detour study pin paper`" in detour(clone, "plan", "--study", "paper").stdout

    def test_running_it_refuses_with_the_first_file_that_nobody_has_placed(self, clone: Path) -> None:
        done = detour(clone, "run", "--wait", "--study", "paper", status=2)
        assert done.stderr.count("\n") == 1
        assert done.stderr.startswith(
            "data/paper/movie_reviews_es.csv (corpora.movie_reviews.source.1) is not in the data"
        )
        assert not made_by_stages(clone)

    def test_a_model_without_a_commit_is_refused_before_the_hub_is_asked(self, clone: Path) -> None:
        done = detour(clone, "run", "--wait", "classification@sms_spam-pretrained-xlnet", "--study", "paper", status=2)
        assert done.stderr.count("\n") == 1
        assert done.stderr.startswith("encoders.xlnet.hub.revision is unpinned")
        assert "`detour study pin paper`" in done.stderr
        assert not made_by_stages(clone)

    def test_a_pinned_study_tells_what_could_not_be_fetched_and_why(
        self, clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        point_here(monkeypatch, "http://127.0.0.1:9", tmp_path / "home")
        (clone / "studies" / "reduced.yaml").write_text(reduced({}))
        done = detour(clone, "run", "--wait", "classification@sms_spam-pretrained-bert", "--study", "reduced", status=2)
        assert done.stderr.count("\n") == 1
        assert done.stderr.startswith("The model google-bert/bert-base-uncased at revision 86b5e093")
        assert "127.0.0.1 cannot be reached" in done.stderr
        assert not made_by_stages(clone)


class TestPinning:
    @pytest.fixture
    def hub(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repositories]:
        held = Repositories()
        with serving(held) as url:
            point_here(monkeypatch, url, tmp_path / "home")
            yield held

    @pytest.fixture
    def loose(self, clone: Path) -> Study:
        """The paper's study with its data sets unpinned again, as studies/paper.yaml of the clone."""
        path = clone / "studies" / "paper.yaml"
        head, corpora = path.read_text().split("\ncorpora:\n")
        path.write_text(head + "\ncorpora:\n" + re.sub(r"(revision:) [0-9a-f]{40}", r"\1 unpinned", corpora))
        values = YAML(typ="safe").load((ROOT / "params.yaml").read_text(encoding="utf-8"))
        return study_from({**values, **YAML(typ="safe").load(path)}, "the loose study")

    def test_the_hubs_commits_take_the_place_of_unpinned_and_nothing_else_changes(
        self, hub: Repositories, clone: Path, loose: Study
    ) -> None:
        commits = commit_all(hub, loose)
        before = (clone / "studies" / "paper.yaml").read_text().splitlines()
        told = json.loads(detour(clone, "study", "pin", "paper", "--json").stdout)
        assert set(told["pinned"]) == set(unpinned_places(loose))
        after = (clone / "studies" / "paper.yaml").read_text().splitlines()
        changed = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
        assert len(changed) == len(told["pinned"])
        assert all(any(old.replace("unpinned", commit) == new for commit in commits.values()) for old, new in changed)
        assert told["pinned"]["corpora.paws.source.0.hub"] == commits["google-research-datasets/paws"]
        assert "there is nothing to ask" in detour(clone, "study", "pin", "paper", status=2).stderr

    def test_without_a_name_params_yaml_is_pinned(self, hub: Repositories, clone: Path, loose: Study) -> None:
        commit_all(hub, loose)
        detour(clone, "study", "use", "paper")
        assert len(unpinned_places(load_study(clone / "params.yaml"))) > 1
        detour(clone, "study", "pin")
        assert not unpinned_places(load_study(clone / "params.yaml"))

    def test_a_hub_that_does_not_answer_leaves_the_file_as_it_was(self, hub: Repositories, clone: Path) -> None:
        before = (clone / "studies" / "paper.yaml").read_bytes()
        done = detour(clone, "study", "pin", "paper", status=2)
        assert "The model xlnet/xlnet-base-cased (encoders.xlnet.hub) does not exist" in done.stderr
        assert (clone / "studies" / "paper.yaml").read_bytes() == before


def commit_all(hub: Repositories, study: Study) -> dict[str, str]:
    """Give the hub a first commit of everything that a study names; the commits by id."""
    names = {file.hub.id: "datasets/" for corpus in study.corpora.values() for file in corpus.source if file.hub}
    names |= {encoder.hub.id: "models/" for encoder in study.encoders.values() if encoder.hub}
    return {name: hub.commit(kind + name, {"README.md": name.encode()}) for name, kind in names.items()}


# One cell, end to end


def reduced(revisions: dict[str, str]) -> str:
    """The real overlay with one task, one target, one model, few rows and epochs, and other commits."""
    blocks = copy.deepcopy(BLOCKS)
    blocks["models"] = ["bert"]
    blocks["starts"] = {"imdb": blocks["starts"]["imdb"]}
    blocks["classification"]["targets"] = ["sms_spam"]
    for task in ("sentiment", "similarity"):
        blocks[task] = {"starts": [], "targets": []}
    blocks["seeds"] = [1]
    blocks["training"]["intermediate"].update(epochs=1, max_tokens=20, batch_size=8)
    blocks["training"]["target"].update(epochs=2, max_tokens=20, batch_size=8)
    blocks["corpora"] = {key: blocks["corpora"][key] for key in ("imdb", "sms_spam")}
    blocks["corpora"]["imdb"]["sample"] = 120
    blocks["corpora"]["sms_spam"]["sample"] = 100
    blocks["encoders"] = {"bert": blocks["encoders"]["bert"]}
    for block in (
        blocks["encoders"]["bert"]["hub"],
        *(corpus["source"][0]["hub"] for corpus in blocks["corpora"].values()),
    ):
        block["revision"] = revisions.get(
            block["id"], block["revision"] if block["revision"] != "unpinned" else "1" * 40
        )
    stream = io.StringIO()
    YAML(typ="safe").dump(blocks, stream)
    return stream.getvalue()


def parquet(columns: dict[str, list[Any]], labels: list[str]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    features = {"label": {"names": labels, "_type": "ClassLabel"}}
    table = pa.table(columns).replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def films(count: int, first: int) -> bytes:
    texts = [f"film {number} was {'good' if number % 2 else 'bad'}" for number in range(first, first + count)]
    return parquet({"text": texts, "label": [number % 2 for number in range(first, first + count)]}, ["neg", "pos"])


def messages(count: int, word: str) -> bytes:
    texts = [f"{word} {number} {'prize' if number % 4 == 0 else 'home'}" for number in range(count)]
    return parquet({"sms": texts, "label": [int(number % 4 == 0) for number in range(count)]}, ["ham", "spam"])


@dataclass
class Finished:
    """A clone in which one cell of the reduced study has been trained from the hub."""

    folder: Path
    hub: Repositories
    revisions: dict[str, str]
    encoder: Callable[[int], Path]


@pytest.fixture(scope="module")
def finished(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Finished]:
    from pipeline.pretrained import BuiltEncoder, build

    place = tmp_path_factory.mktemp("hub")
    folder = copy_toy(template, place / "a study")
    held = Repositories()

    def encoder(seed: int) -> Path:
        words = folder / "data" / "vocabulary.txt"
        build(place / f"bert-{seed}", BuiltEncoder("bert", 16, 2, 2, 24, 20, seed, words))
        return place / f"bert-{seed}"

    imdb = {
        f"plain_text/{name}-00000-of-00001.parquet": films(80, first) for name, first in (("train", 0), ("test", 80))
    }
    revisions = {
        "google-bert/bert-base-uncased": held.commit_folder("models/google-bert/bert-base-uncased", encoder(1)),
        "stanfordnlp/imdb": held.commit("datasets/stanfordnlp/imdb", imdb),
        "ucirvine/sms_spam": held.commit(
            "datasets/ucirvine/sms_spam", {"plain_text/train-00000-of-00001.parquet": messages(90, "call")}
        ),
    }
    with serving(held) as url, pytest.MonkeyPatch.context() as monkeypatch:
        point_here(monkeypatch, url, place / "home")
        use(folder, reduced(revisions))
        with warm_stages(place / "log"):
            repro(folder, CELL)
        shell(folder, "git", "add", "--all")
        shell(folder, "git", "commit", "--quiet", "--message", "One cell")
        yield Finished(folder, held, revisions, encoder)


def use(folder: Path, overlay: str) -> None:
    (folder / "studies" / "reduced.yaml").write_text(overlay)
    detour(folder, "study", "use", "reduced")


def repro(folder: Path, *arguments: str) -> str:
    """Plain DVC in the clone's own tree, with the clone's modules; returns what it printed."""
    command = [sys.executable, "-m", "dvc", "repro", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def to_run(folder: Path, overlay: str) -> set[str]:
    (folder / "studies" / "changed.yaml").write_text(overlay)
    plan = json.loads(detour(folder, "plan", CELL, "--study", "changed", "--json").stdout)
    return {stage["name"] for stage in plan["stages"] if stage["state"] == "to run"} - {*CLOSING}


class TestOneCell:
    def test_it_is_trained_from_the_hub_through_dvc(self, finished: Finished) -> None:
        record = json.loads((finished.folder / "reports/cells/classification/sms_spam-imdb-bert.json").read_text())
        assert set(record["accuracy"]["seeds"]) == {"1"}
        assert set(record["paper"]["accuracy"]["seeds"]) == {"1"}
        card = json.loads((finished.folder / "corpora/ready/sms_spam/card.json").read_text())
        assert "asked 100, 90 exist" in card["notes"]
        told = card["source"][0]["hub"]
        assert told["revision"] == finished.revisions["ucirvine/sms_spam"]
        (name, data), *_ = finished.hub.commits["datasets/ucirvine/sms_spam"][told["revision"]].items()
        assert told["files"] == [{"path": name, "sha256": hashlib.sha256(data).hexdigest()}]

    def test_an_unchanged_study_asks_the_hub_for_nothing(self, finished: Finished) -> None:
        asked = len(finished.hub.requests)
        assert "Running stage" not in repro(finished.folder, CELL)
        assert len(finished.hub.requests) == asked

    def test_another_commit_of_the_model_retrains_what_depends_on_it(self, finished: Finished) -> None:
        name = "google-bert/bert-base-uncased"
        newer = finished.hub.commit_folder(f"models/{name}", finished.encoder(2))
        changed = to_run(finished.folder, reduced({**finished.revisions, name: newer}))
        assert changed == {"encoder@bert", "intermediate@imdb-bert", CELL}

    def test_another_commit_of_a_data_set_retrains_what_depends_on_it(self, finished: Finished) -> None:
        name, rows = "ucirvine/sms_spam", {"plain_text/train-00000-of-00001.parquet": messages(96, "text")}
        newer = finished.hub.commit(f"datasets/{name}", rows)
        changed = to_run(finished.folder, reduced({**finished.revisions, name: newer}))
        corpus = {f"{stage}@sms_spam" for stage in ("sites", "collect", "translate", "prepare")}
        assert changed == {*corpus, "overlap@sms_spam", CELL}

    @pytest.mark.slow
    def test_the_changed_model_is_fetched_and_trained_and_nothing_else(
        self, finished: Finished, tmp_path: Path
    ) -> None:
        folder = copy_toy(finished.folder, tmp_path / "a study")
        name = "google-bert/bert-base-uncased"
        newer = finished.hub.commit_folder(f"models/{name}", finished.encoder(3))
        use(folder, reduced({**finished.revisions, name: newer}))
        said = repro(folder, CELL)
        ran = [line.split("'")[1] for line in said.splitlines() if line.startswith("Running stage")]
        assert ran == ["encoder@bert", "intermediate@imdb-bert", CELL]
