"""Where values come from: each rule by a repository that breaks it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tui.history.repository import IF, F, Repository, cell_path, md5, params, record, stage, study
from tui.history.origin import Origin
from tui.history.rows import History

TRAIN = "corpora/ready/sms_spam"
CHECKPOINT = "checkpoints/imdb/bert"
BOTH = {F: record(0.8), IF: record(0.9)}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "study")


def origins(repository: Repository, revision: str = "main") -> dict[str, Origin]:
    history = History(repository.root)
    return {name: cell.origin for name, cell in history.row(history.resolve(revision)).cells.items()}


def kinds(repository: Repository, revision: str = "main") -> dict[str, str]:
    return {name: origin.kind for name, origin in origins(repository, revision).items()}


class TestFresh:
    def test_the_first_commit_has_measured_what_it_holds(self, repository: Repository) -> None:
        repository.commit(study(cells=BOTH))
        assert kinds(repository) == {F: "measured", IF: "measured"}

    def test_an_experiment_measures_what_it_changes_and_inherits_the_rest_from_its_base(
        self, repository: Repository
    ) -> None:
        repository.commit(study(cells=BOTH))
        repository.experiment("try", study(cells={**BOTH, IF: record(0.95)}))
        assert kinds(repository, "try") == {F: "inherited", IF: "measured"}

    def test_a_commit_inherits_from_its_parent(self, repository: Repository) -> None:
        repository.commit(study(cells=BOTH))
        repository.commit({"README.md": "text"})
        assert kinds(repository) == {F: "inherited", IF: "inherited"}

    def test_an_experiment_of_several_commits_inherits_from_its_base_alone(self, repository: Repository) -> None:
        base = repository.commit(study(cells=BOTH))
        repository.git("checkout", "-q", "--detach")
        repository.commit(study(cells={**BOTH, IF: record(0.95)}))
        tip = repository.commit({"note": "later"})
        repository.git("update-ref", f"refs/exps/{base[:2]}/{base[2:]}/try", tip)
        assert kinds(repository, "try") == {F: "inherited", IF: "measured"}
        # A name that is no experiment's inherits from its first parent.
        repository.git("branch", "same", tip)
        assert kinds(repository, "same") == {F: "inherited", IF: "inherited"}


class TestMissing:
    def test_a_declared_cell_without_a_record_is_missing(self, repository: Repository) -> None:
        repository.commit(study(cells={F: record(0.8)}))
        assert kinds(repository) == {F: "measured", IF: "missing"}

    def test_a_record_that_was_deleted_is_missing_although_the_base_has_it(self, repository: Repository) -> None:
        repository.commit(study(cells=BOTH))
        repository.experiment("failed", {cell_path(IF): None})
        assert kinds(repository, "failed") == {F: "inherited", IF: "missing"}

    def test_a_record_that_no_params_declare_is_shown_beside_them(self, repository: Repository) -> None:
        other = "classification@sms_spam-pretrained-xlnet"
        repository.commit(study(cells={**BOTH, other: record(0.5)}))
        history = History(repository.root)
        row = history.row(history.resolve("main"))
        assert (row.cells[other].origin.kind, row.cells[other].declared) == ("measured", False)
        assert row.counts() == {"measured": 2, "inherited": 0, "stale": 0, "missing": 0}


class TestStale:
    def one(self, repository: Repository, **changes: Any) -> Origin:
        """The origin of F in a commit made of these changes."""
        repository.commit(study(cells={F: record(0.8)}, **changes))
        return origins(repository)[F]

    def test_a_changed_parameter(self, repository: Repository) -> None:
        found = self.one(repository, seen={"training.target": {"learning_rate": 0.002, "epochs": 6}})
        assert found == Origin("stale", "training.target.learning_rate is 0.001 in params.yaml and was 0.002")

    def test_a_parameter_that_went(self, repository: Repository) -> None:
        found = self.one(repository, seen={"training.target.patience": 3})
        assert found == Origin("stale", "training.target.patience is not in params.yaml and was 3")

    def test_a_parameter_that_came(self, repository: Repository) -> None:
        found = self.one(repository, seen={"training.target": {"learning_rate": 0.001}})
        assert found == Origin("stale", "training.target.epochs is 6 in params.yaml and was not there")

    def test_an_item_of_a_list_is_a_parameter(self, repository: Repository) -> None:
        assert self.one(repository, seen={"seeds.1": 2}).kind == "measured"
        assert self.one(repository, seen={"seeds.1": 3}).kind == "stale"

    def test_equal_numbers_in_other_notations_are_equal(self, repository: Repository) -> None:
        files = study(cells={F: record(0.8)})
        lock, values = files["dvc.lock"], files["params.yaml"]
        assert lock is not None and values is not None
        files["dvc.lock"] = lock.replace("0.001", "1e-3")
        repository.commit(files)
        assert kinds(repository)[F] == "measured"

    def test_inherited_values_become_stale_with_the_parameters(self, repository: Repository) -> None:
        repository.commit(study(cells=BOTH))
        changed = params(training={"intermediate": {"epochs": 3}, "target": {"learning_rate": 0.1, "epochs": 6}})
        repository.experiment("try", {"params.yaml": json.dumps(changed)})
        assert kinds(repository, "try") == {F: "stale", IF: "stale"}

    def test_a_record_that_is_not_what_its_stage_wrote(self, repository: Repository) -> None:
        repository.commit(study(cells=BOTH))
        repository.commit({cell_path(F): record(0.99)})
        found = origins(repository)
        assert found[F].kind == "stale"
        assert "dvc.lock has another hash" in found[F].why
        assert found[IF].kind == "inherited"

    def test_a_record_without_a_stage_in_dvc_lock(self, repository: Repository) -> None:
        repository.commit({**study(cells={F: record(0.8)}), cell_path(IF): record(0.9)})
        found = origins(repository)
        assert found[IF] == Origin("stale", f"dvc.lock has no stage that writes {cell_path(IF)}")

    @pytest.mark.parametrize("lock", [None, "stages: ["])
    def test_everything_where_dvc_lock_is_missing_or_broken(self, repository: Repository, lock: str | None) -> None:
        files = study(cells=BOTH)
        del files["dvc.lock"]
        repository.commit({**files, **({"dvc.lock": lock} if lock else {})})
        assert kinds(repository) == {F: "stale", IF: "stale"}

    def test_everything_that_saw_parameters_where_params_yaml_is_broken(self, repository: Repository) -> None:
        repository.commit({**study(cells={F: record(0.8)}), "params.yaml": "models: ["})
        assert kinds(repository) == {F: "stale"}


class TestInputs:
    """A cell reads the output of other stages."""

    def cell(self, repository: Repository, read: dict[str, str], stages: dict[str, Any], **more: str) -> Origin:
        text = record(0.8)
        own = {F: stage({"seeds": [1, 2]}, read, {cell_path(F): md5(text)})}
        repository.commit({**study(cells={F: text}, stages={**own, **stages}), **more})
        return origins(repository)[F]

    def test_an_input_that_was_written_anew(self, repository: Repository) -> None:
        found = self.cell(repository, {TRAIN: "aa.dir"}, {"prepare": stage(outs={TRAIN: "bb.dir"})})
        assert found == Origin("stale", f"{TRAIN} (written by prepare) is no longer what was read")

    def test_an_input_as_its_stage_wrote_it(self, repository: Repository) -> None:
        assert self.cell(repository, {TRAIN: "aa.dir"}, {"prepare": stage(outs={TRAIN: "aa.dir"})}).kind == "measured"

    def test_an_input_that_no_stage_writes_is_not_compared(self, repository: Repository) -> None:
        assert self.cell(repository, {"pipeline/fit.py": "aa"}, {}).kind == "measured"

    def test_a_stage_above_that_did_not_run_with_the_present_parameters(self, repository: Repository) -> None:
        above = {
            "intermediate": stage({"training.intermediate.epochs": 9}, outs={CHECKPOINT: "aa.dir"}),
            "unused": stage({"seeds": [7]}, outs={"elsewhere": "cc"}),
        }
        found = self.cell(repository, {CHECKPOINT: "aa.dir"}, above)
        assert found.kind == "stale"
        assert found.why == (
            f"{CHECKPOINT} comes from intermediate: training.intermediate.epochs is 3 in params.yaml and was 9"
        )

    def test_staleness_comes_down_several_stages(self, repository: Repository) -> None:
        above = {
            "prepare": stage(outs={TRAIN: "bb.dir"}),
            "start": stage(deps={TRAIN: "aa.dir"}, outs={"corpora/starts/imdb": "ss"}),
            "intermediate": stage(deps={"corpora/starts/imdb": "ss"}, outs={CHECKPOINT: "cc.dir"}),
        }
        found = self.cell(repository, {CHECKPOINT: "cc.dir"}, above)
        assert found.kind == "stale"
        assert found.why.endswith(f"comes from start: {TRAIN} (written by prepare) is no longer what was read")

    def test_a_folder_of_many_stages_does_not_carry_staleness_on(self, repository: Repository) -> None:
        above = {
            "prepare@a": stage({"seeds": [7]}, outs={"corpora/ready/a": "aa.dir"}),
            "prepare@b": stage(outs={"corpora/ready/b": "bb.dir"}),
            "overlap": stage(deps={"corpora/ready": "cc.dir"}, outs={"reports/overlap/x": "dd.dir"}),
        }
        assert self.cell(repository, {"reports/overlap/x": "dd.dir"}, above).kind == "measured"

    def test_a_circle_of_stages_ends(self, repository: Repository) -> None:
        above = {"a": stage(deps={"y": "1"}, outs={"x": "1"}), "b": stage(deps={"x": "1"}, outs={"y": "1"})}
        assert self.cell(repository, {"x": "1"}, above).kind == "measured"

    def test_a_file_in_a_folder_is_compared_when_the_cache_lists_the_folder(self, repository: Repository) -> None:
        folder = "ab" + "0" * 30 + ".dir"
        read, above = {f"{TRAIN}/train": "11"}, {"prepare": stage(outs={TRAIN: folder})}
        assert self.cell(repository, read, above).kind == "measured"
        listed = repository.root / ".dvc" / "cache" / "files" / "md5" / folder[:2] / folder[2:]
        listed.parent.mkdir(parents=True)
        listed.write_text(json.dumps([{"md5": "11", "relpath": "train"}]))
        assert origins(repository)[F].kind == "measured"
        listed.write_text(json.dumps([{"md5": "22", "relpath": "train"}]))
        assert origins(repository)[F].kind == "stale"

    def test_a_cache_elsewhere_is_found_through_dvcs_config(self, repository: Repository, tmp_path: Path) -> None:
        folder = "ab" + "0" * 30 + ".dir"
        (repository.root / ".dvc").mkdir()
        (repository.root / ".dvc" / "config.local").write_text(f"[cache]\n    dir = {tmp_path / 'far'}\n")
        listed = tmp_path / "far" / "files" / "md5" / folder[:2] / folder[2:]
        listed.parent.mkdir(parents=True)
        listed.write_text(json.dumps([{"md5": "22", "relpath": "train"}]))
        found = self.cell(repository, {f"{TRAIN}/train": "11"}, {"prepare": stage(outs={TRAIN: folder})})
        assert found.kind == "stale"

    def test_a_file_in_git_of_a_folder_that_a_stage_writes_is_compared(self, repository: Repository) -> None:
        path = "reports/overlap/classification/sms_spam.json"
        above = {"overlap": stage(outs={"reports/overlap/classification": "aa.dir"})}
        assert self.cell(repository, {path: md5("{}")}, above, **{path: "{}"}).kind == "measured"
        assert self.cell(repository, {path: md5("[]")}, above, **{path: "{}"}).kind == "stale"

    def test_a_folder_in_git_is_compared_with_its_files(self, repository: Repository) -> None:
        small = {"overlap": stage(outs={"reports/overlap/a.json": md5("{}"), "reports/overlap/b.json": md5("[]")})}
        held = {"reports/overlap/a.json": "{}", "reports/overlap/b.json": "[]"}
        listed = [{"md5": md5(text), "relpath": Path(path).name} for path, text in held.items()]
        folder = md5(json.dumps(listed)) + ".dir"
        assert self.cell(repository, {"reports/overlap": folder}, small, **held).kind == "measured"
        assert self.cell(repository, {"reports/overlap": "aa.dir"}, small, **held).kind == "stale"

    def test_a_folder_of_one_stages_outputs_is_compared_where_all_its_files_are_known(
        self, repository: Repository
    ) -> None:
        above = {"intermediate": stage(outs={f"{CHECKPOINT}/1": "11", f"{CHECKPOINT}/2": "22"})}
        listed = [{"md5": "11", "relpath": "1"}, {"md5": "22", "relpath": "2"}]
        right = md5(json.dumps(listed)) + ".dir"

        def reading(hash_read: str, files: int) -> str:
            text = record(0.8)
            own = stage({}, {CHECKPOINT: hash_read}, {cell_path(F): md5(text)})
            own["deps"][0]["nfiles"] = files
            repository.commit(study(cells={F: text}, stages={F: own, **above}))
            return origins(repository)[F].kind

        assert reading(right, 2) in ("measured", "inherited")
        assert reading("aa.dir", 2) == "stale"
        # A third file that no stage writes: nothing can be told.
        assert reading("aa.dir", 3) == "inherited"
