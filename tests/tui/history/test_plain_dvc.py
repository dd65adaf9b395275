"""Repositories that are not Detour's: whatever dvc.yaml declares is read, with where it comes from."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tui.history.repository import Repository, md5
from tui.history.rows import History, Row

LEAVES = '{"accuracy": 0.5, "note": "x", "ok": true, "none": null, "list": [1], "deep": {"loss": 0, "nan": NaN}}'


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "plain")


def entry(path: str, text: str) -> dict[str, str]:
    return {"path": path, "hash": "md5", "md5": md5(text)}


def lock(**stages: dict[str, Any]) -> str:
    return json.dumps({"schema": "2.0", "stages": stages})


def rows(repository: Repository) -> dict[str, Row]:
    found = History(repository.root).rows()
    again = History(repository.root).rows()
    # Out of the cache they are the same.
    assert [repr((row.metrics, row.origins, row.params, row.problems)) for row in again] == [
        repr((row.metrics, row.origins, row.params, row.problems)) for row in found
    ]
    return {row.name: row for row in found}


def train(metrics: str, params: dict[str, Any], name: str = "metrics.json") -> dict[str, Any]:
    return {"cmd": "true", "params": params, "outs": [entry(name, metrics)]}


def plain(rate: float, metrics: str, seen: float | None = None) -> dict[str, str | None]:
    """A repository with one stage."""
    return {
        "dvc.yaml": "stages: {train: {cmd: 'true', params: [rate], metrics: [{metrics.json: {cache: false}}]}}",
        "params.yaml": json.dumps({"rate": rate, "other": [1, {"a": 2}]}),
        "metrics.json": metrics,
        "dvc.lock": lock(train=train(metrics, {"params.yaml": {"rate": rate if seen is None else seen}})),
    }


class TestOneStage:
    def test_numbers_texts_and_truth_values_are_metrics_lists_and_nulls_are_not(self, repository: Repository) -> None:
        repository.commit(plain(0.1, LEAVES))
        row = rows(repository)["main"]
        found = row.metrics["metrics.json"]
        assert list(found) == ["accuracy", "note", "ok", "deep.loss", "deep.nan"]
        assert (found["accuracy"], found["note"], found["ok"], found["deep.loss"]) == (0.5, "x", True, 0)
        assert found["deep.nan"] != found["deep.nan"]
        assert row.params == {"rate": 0.1, "other": [1, {"a": 2}]}
        assert not row.is_study and row.problems == () and dict(row.cells) == {}

    def test_values_are_measured_inherited_stale_or_missing(self, repository: Repository) -> None:
        repository.commit(plain(0.1, "{}"))
        repository.experiment("measured", plain(0.2, '{"a": 1}'))
        repository.experiment("inherited", {"README.md": "x"})
        repository.experiment("stale", plain(0.3, '{"a": 2}', seen=0.2))
        repository.experiment("missing", {"metrics.json": None})
        found = rows(repository)
        kinds = {name: row.origins["metrics.json"].kind for name, row in found.items()}
        assert kinds == {"main": "measured", **{name: name for name in ("measured", "inherited", "stale", "missing")}}
        assert found["stale"].origins["metrics.json"].why == "rate is 0.3 in params.yaml and was 0.2"
        assert found["measured"].counts() == {"measured": 1, "inherited": 0, "stale": 0, "missing": 0}

    def test_metrics_that_only_the_dvc_cache_holds_are_read_there(self, repository: Repository) -> None:
        text = '{"a": 7}'
        files = plain(0.1, text)
        repository.commit(
            {**files, "dvc.yaml": "stages: {train: {cmd: 'true', params: [rate], metrics: [metrics.json]}}"}
        )
        repository.commit({"metrics.json": None, ".gitignore": "/metrics.json\n/.dvc\n"})
        row = rows(repository)["main"]
        assert row.origins["metrics.json"].kind == "missing"
        assert row.origins["metrics.json"].why == "metrics.json is not in the local DVC cache; dvc fetch brings it"
        file = repository.root / ".dvc/cache/files/md5" / md5(text)[:2] / md5(text)[2:]
        file.parent.mkdir(parents=True)
        file.write_text(text)
        row = rows(repository)["main"]
        assert row.metrics["metrics.json"] == {"a": 7}
        assert row.origins["metrics.json"].kind == "inherited"

    def test_broken_metrics_of_an_old_commit_are_explained_in_its_row(self, repository: Repository) -> None:
        repository.commit(plain(0.1, "{"))
        repository.git("branch", "old")
        repository.commit(plain(0.1, '{"a": 1}'))
        found = rows(repository)
        assert found["old"].problems[0].startswith("metrics.json is not JSON (line 1")
        assert found["old"].metrics["metrics.json"] == {}
        assert found["main"].problems == ()

    def test_a_merge_conflict_in_params_is_named(self, repository: Repository) -> None:
        repository.commit(plain(0.1, "{}"))
        conflict = "a: 1\n<<<<<<< HEAD\nrate: 1\n=======\nrate: 2\n>>>>>>> other\n"
        repository.write({"params.yaml": conflict})
        row = History(repository.root).row(History(repository.root).resolve("workspace"))
        assert row.params is None
        assert row.problems[0] == (
            "params.yaml, line 2: a merge conflict stands there; resolve it (git status says which files)."
        )


class TestGraphs:
    def test_every_form_and_place_of_metrics_and_params_is_found(self, repository: Repository) -> None:
        top = """\
metrics: [loose.toml, folder]
params: [more.toml, settings.json]
stages:
  train:
    wdir: work
    cmd: "true"
    params: [own.yaml: [lr]]
    metrics: [scores.yaml: {cache: false}]
"""
        inner = "stages: {test: {cmd: 'true', metrics: [acc.json: {cache: false}]}}"
        repository.commit({
            "dvc.yaml": top, "loose.toml": "a = 1\n[b]\nc = 2.5\n", "folder/x.json": '{"x": 1}', "folder/y.yaml": "y: 2\n",
            "more.toml": "p = 1\n", "settings.json": '{"q": {"r": 2}}', "work/own.yaml": "lr: 0.1\n",
            "work/scores.yaml": "s: 3\n", "sub/dvc.yaml": inner, "sub/acc.json": "0.75", "params.yaml": "top: 1\n",
            "dvc.lock": lock(train={"cmd": "true", "params": {"own.yaml": {"lr": 0.1}}, "outs": [entry("scores.yaml", "s: 3\n")]}),
            "sub/dvc.lock": lock(test={"cmd": "true", "outs": [entry("acc.json", "0.7")]}),
        })  # fmt: skip
        row = rows(repository)["main"]
        assert row.metrics == {
            "work/scores.yaml": {"s": 3}, "loose.toml": {"a": 1, "b.c": 2.5}, "folder/x.json": {"x": 1},
            "folder/y.yaml": {"y": 2}, "sub/acc.json": {"": 0.75},
        }  # fmt: skip
        assert row.params == {
            "top": 1, "more.toml": {"p": 1}, "settings.json": {"q": {"r": 2}}, "work/own.yaml": {"lr": 0.1},
        }  # fmt: skip
        kinds = {path: origin.kind for path, origin in row.origins.items()}
        assert kinds["work/scores.yaml"] == kinds["loose.toml"] == "measured"
        assert kinds["sub/acc.json"] == "stale"

    def test_templates_are_known_as_far_as_dvc_lock_names_what_they_wrote(self, repository: Repository) -> None:
        graph = """\
vars: [{ending: json}]
stages:
  each:
    foreach: [a, b, c]
    do: {cmd: "true", metrics: ["m/${item}.json": {cache: false}]}
  grid:
    matrix: {x: [1, 2]}
    cmd: "true"
    metrics: ["g/${item.x}.yaml"]
  one: {cmd: "true", metrics: ["one.${ending}": {cache: false}]}
"""
        texts = {"m/a.json": '{"v": 1}', "m/b.json": '{"v": 2}', "g/1.yaml": "v: 3\n", "one.json": '{"v": 4}'}
        stages = {"each@a": "m/a.json", "each@b": "m/b.json", "grid@1": "g/1.yaml", "one": "one.json"}
        locked = {name: {"cmd": "true", "outs": [entry(path, texts[path])]} for name, path in stages.items()}
        locked["elsewhere@a"] = {"cmd": "true", "outs": [entry("m/z.json", "")]}
        repository.commit({"dvc.yaml": graph, "dvc.lock": json.dumps({"schema": "2.0", "stages": locked}), **texts})
        assert {path: values["v"] for path, values in rows(repository)["main"].metrics.items()} == {
            "m/a.json": 1, "m/b.json": 2, "g/1.yaml": 3, "one.json": 4,
        }  # fmt: skip

    @pytest.mark.parametrize(
        "graph",
        ["[]", "stages: 3", "stages: {a: 3, b: {metrics: 3, params: [3, {}], do: 4}}", "{", "metrics: [3, {}]", "\x00"],
    )
    def test_a_dvc_yaml_of_any_form_is_no_crash(self, repository: Repository, graph: str) -> None:
        repository.commit({"dvc.yaml": graph, "params.yaml": "a: 1\n"})
        assert rows(repository)["main"].params == {"a": 1}

    def test_names_of_any_kind_are_data(self, repository: Repository) -> None:
        name = "n" * 200 + "\u202egpj.\x1b[31m"
        quoted = json.dumps(name)
        repository.commit({"dvc.yaml": f"metrics: [{quoted}]", name: "a: 1\n", "params.yaml": f"{quoted}: 1\n"})
        row = rows(repository)["main"]
        assert row.metrics == {name: {"a": 1}}
        assert row.params == {name: 1}


class TestStudiesToo:
    def test_a_study_has_the_files_that_are_no_cells_as_well(self, repository: Repository) -> None:
        from tests.tui.history.repository import F, cell_path, record, stage, study

        text = '{"loss": 0.25}'
        stages = {"intermediate": stage(outs={"reports/intermediate/imdb-bert.json": md5(text)})}
        graph = f"""\
stages:
  intermediate: {{cmd: "true", metrics: [reports/intermediate/imdb-bert.json: {{cache: false}}]}}
  cell: {{cmd: "true", metrics: [{cell_path(F)}: {{cache: false}}]}}
"""
        files = study(cells={F: record(0.5)}, stages=stages)
        repository.commit({**files, "dvc.yaml": graph, "reports/intermediate/imdb-bert.json": text})
        row = rows(repository)["main"]
        assert row.is_study
        assert row.metrics["reports/intermediate/imdb-bert.json"] == {"loss": 0.25}
        assert row.metrics[cell_path(F)] == {"accuracy.mean": 0.5, "macro_f1.mean": 0.5}
        assert row.origins["reports/intermediate/imdb-bert.json"].kind == "measured"
