"""The quick reading of DVC's graph gives what DVC gives, faults included, and leaves DVC as it was."""

from pathlib import Path
from typing import Any

import pytest
from dvc.exceptions import CyclicGraphError, DvcException
from dvc.repo import Repo

from tests.tui.toy import copy_toy
from tui.runs.indexing import quick_index

GRAPH = """\
stages:
  first:
    vars: [{task: one, training: {target: {own: 1}}}]
    matrix: {model: "${models}", target: "${classification.targets}"}
    cmd: echo ${task} ${training.target.own} ${training.target.epochs} ${item.model} \\${kept} > made/${item.model}-${item.target}
    params: [training.target, "corpora.${item.target}.labels", other.yaml: [a.b]]
    deps: [stage.py, data/README.md, "models/${item.model}", made.d, ./params.yaml]
    outs: ["made/${item.model}-${item.target}"]
    metrics: ["reports/${task}-${item.model}-${item.target}.json": {cache: false}]
  second:
    foreach: ${starts}
    do:
      vars: [{task: two, training: {target: {own: 2}}}]
      cmd: echo ${task} ${training.target.own} ${item.corpus} > made/${key}
      deps: [made/bert-sms_spam, stage.py]
      outs: ["made/${key}"]
  third:
    cmd: echo ${seeds[0]} > third
    wdir: reports
    deps: [../made, ../stage.py]
    outs: [third]
"""


@pytest.fixture
def folder(new_study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    study = copy_toy(new_study, tmp_path / "a study")
    (study / "dvc.yaml").write_text(GRAPH)
    (study / "other.yaml").write_text("a: {b: 5}\n")
    (study / "reports").mkdir()
    monkeypatch.chdir(study)
    return study


def read() -> dict[str, Any]:
    """Everything of each stage that dvc.yaml and dvc.lock say, and what it stands on."""
    with Repo(".") as repo:
        return {
            stage.addressing: (
                getattr(stage, "cmd", None),
                [(type(dep).__name__, dep.dumpd(), dep.fs_path, dep.protocol) for dep in stage.deps],
                [(dep.params, dep.workspace_status()) for dep in stage.deps if hasattr(dep, "params")],
                [(out.dumpd(), out.fs_path, out.use_cache, out.is_in_repo) for out in stage.outs],
                sorted(other.addressing for other in repo.index.graph.successors(stage)),
            )
            for stage in repo.index.graph
        }


def test_every_stage_is_what_dvc_makes_of_it(folder: Path) -> None:
    plain = read()
    with quick_index():
        quick = read()
    assert quick == plain
    assert len(plain) == 1 + 4 + 1 + 1
    assert read() == plain


@pytest.mark.parametrize(
    ("before", "after", "fault", "said"),
    [
        ("deps: [../made, ../stage.py]", "deps: [../made, ../reports/third]", DvcException, "in stage: third"),
        ("deps: [stage.py, data/README.md,", "deps: [reports/third, data/README.md,", CyclicGraphError, "stages: "),
        ("outs: [third]", "outs: [secret]", DvcException, "ignored by .dvcignore"),
        ("{task: one,", "{seeds: 7,", DvcException, "cannot redefine 'seeds'"),
        ("${item.corpus}", "${item.corpse}", DvcException, "Could not find 'item.corpse'"),
    ],
    ids=["itself", "cycle", "ignored", "overwritten", "unknown"],
)
def test_faults_are_told_as_dvc_tells_them(
    folder: Path, before: str, after: str, fault: type[Exception], said: str
) -> None:
    (folder / ".dvcignore").write_text("secret\n")
    (folder / "dvc.yaml").write_text(GRAPH.replace(before, after))
    with pytest.raises(fault) as plain:
        read()
    with quick_index(), pytest.raises(fault) as quick:
        read()
    assert said in str(plain.value)
    if fault is not CyclicGraphError:
        assert str(quick.value) == str(plain.value)


def test_dvc_is_as_it_was_afterwards() -> None:
    from dvc import output
    from dvc.dependency import Dependency
    from dvc.parsing.context import Context

    before = output.get_cloud_fs, Dependency.__init__, vars(Context)["clone"], "__init__" in vars(Dependency)
    with pytest.raises(ZeroDivisionError), quick_index():
        raise ZeroDivisionError
    assert (output.get_cloud_fs, Dependency.__init__, vars(Context)["clone"], "__init__" in vars(Dependency)) == before
