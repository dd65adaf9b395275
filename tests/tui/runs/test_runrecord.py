"""The record of a run: what is written, what is read back from whatever git holds."""

import getpass
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tui.history.repository import Repository
from tui.history.runrecord import CELL_STATES, read_run_record
from tui.runs import hardware as machines
from tui.runs.hardware import Gpu, Machine, gpus, this_machine
from tui.runs.runrecord import (
    Person,
    RunFacts,
    cells_by_state,
    cells_in,
    person_of,
    run_record,
    versions_here,
    write_run_record,
)

CELLS = tuple(f"classification@sms_spam-{start}-bert" for start in ("a", "b", "c", "d", "e", "f"))
TRAINED, CACHED, KEPT, FAILED, SKIPPED, ELSEWHERE = CELLS
WHY = "it was told to"


def facts(**changes: Any) -> RunFacts:
    values: dict[str, Any] = {
        "id": "20261121-100000-abcd", "name": "first", "outcome": "failed", "begun": 1795255200.0,
        "ended": 1795255260.25, "base": "a" * 40, "declared": CELLS, "chosen": CELLS[:5],
        "ran": {"encoder@bert", TRAINED, FAILED, "gains"}, "cached": {CACHED, "encoder@roberta"},
        "failed": {FAILED: WHY}, "skipped": {SKIPPED}, "note": "Does PAWS help?",
        "command": ("detour", "run", "a b"), "settings": ("training.target.epochs=3",), "study": "paper", "attempts": 2,
    }  # fmt: skip
    return RunFacts(**{**values, **changes})


PERSON = Person("Ada", "ada@example.org", "ada")
BOX = Machine("box", 16, (Gpu("NVIDIA H100", 81559, "570.1"),))
PRESENT = {TRAINED, CACHED, KEPT, ELSEWHERE}


class TestWritten:
    def test_every_cell_is_told_once_under_where_its_numbers_come_from(self) -> None:
        found = cells_by_state(facts(), PRESENT)
        assert found == {
            "measured": [TRAINED], "cached": [CACHED], "inherited": [KEPT, ELSEWHERE], "failed": [FAILED],
            "missing": [SKIPPED],
        }  # fmt: skip
        assert tuple(found) == CELL_STATES

    def test_a_cell_that_ran_and_left_nothing_is_missing(self) -> None:
        assert TRAINED in cells_by_state(facts(), set())["missing"]

    def test_the_schema(self) -> None:
        made = run_record(facts(), PERSON, BOX, {"torch": "2.13.0", "dvc": None}, PRESENT)
        assert json.loads(json.dumps(made)) == made
        assert {key: value for key, value in made.items() if key != "cells"} == {
            "schema": 1, "id": "20261121-100000-abcd", "name": "first", "note": "Does PAWS help?", "outcome": "failed",
            "who": {"name": "Ada", "email": "ada@example.org", "login": "ada"},
            "machine": {
                "host": "box", "cores": 16,
                "gpus": [{"name": "NVIDIA H100", "memory_mib": 81559, "driver": "570.1"}],
            },
            "begun": "2026-11-21T10:00:00+00:00", "ended": "2026-11-21T10:01:00+00:00", "seconds": 60.2, "attempts": 2,
            "command": ["detour", "run", "a b"], "settings": ["training.target.epochs=3"], "study": "paper",
            "engine": "local", "base": "a" * 40, "carried": False,
            "stages": {
                "ran": [FAILED, TRAINED, "encoder@bert", "gains"] if FAILED < TRAINED
                else [TRAINED, FAILED, "encoder@bert", "gains"],
                "cached": [CACHED, "encoder@roberta"], "failed": {FAILED: WHY}, "skipped": [SKIPPED],
            },
            "versions": {"torch": "2.13.0", "dvc": None},
        }  # fmt: skip
        assert made["cells"]["chosen"] == list(CELLS[:5])

    def test_a_clock_that_was_set_back_makes_no_negative_time(self) -> None:
        assert run_record(facts(ended=0.0), PERSON, BOX, {}, PRESENT)["seconds"] == 0

    def test_it_takes_the_place_of_the_bases_and_is_read_back(self, tmp_path: Path) -> None:
        for name in ("base", "first"):
            path = write_run_record(tmp_path, run_record(facts(name=name), PERSON, BOX, {"a": "1", "b": None}, PRESENT))
        assert path == tmp_path / "reports" / "run.json"
        found = read_run_record(path.read_bytes())
        assert found is not None
        assert (found.name, found.note, found.study, found.who, found.host) == (
            "first", "Does PAWS help?", "paper", "Ada", "box",
        )  # fmt: skip
        assert (found.gpus, found.seconds, found.failed, found.versions) == (
            ("NVIDIA H100",), 60.2, {FAILED: WHY}, {"a": "1"},
        )  # fmt: skip
        assert found.cells["inherited"] == (KEPT, ELSEWHERE)

    def test_cells_stand_in_a_tree_by_their_records(self, tmp_path: Path) -> None:
        path = tmp_path / "reports" / "cells" / "classification" / "sms_spam-a-bert.json"
        path.parent.mkdir(parents=True)
        path.write_text("{}")
        assert cells_in(tmp_path, CELLS) == {TRAINED}


class TestRead:
    @pytest.mark.parametrize(
        "text",
        [
            None, b"", "{", "[1]", "null", "{}", '{"schema": 2, "id": "a"}', '{"schema": 1, "id": 7}', b"\xff\xfe\x00",
            "[" * 100_000,
        ],
        ids=range(10),
    )  # fmt: skip
    def test_what_is_no_record_is_none(self, text: str | bytes | None) -> None:
        assert read_run_record(text) is None

    @settings(max_examples=60)
    @given(
        st.dictionaries(
            st.sampled_from(["name", "note", "who", "machine", "cells", "settings", "stages", "versions", "seconds"]),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.text(),
                lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["gpus", "failed", "name"]), inner),
                max_leaves=6,
            ),
        )
    )
    def test_values_of_other_types_count_as_not_told(self, values: dict[str, Any]) -> None:
        found = read_run_record(json.dumps({"schema": 1, "id": "a", **values}))
        assert found is not None
        assert all(isinstance(text, str) for text in found.texts())
        assert set(found.cells) == set(CELL_STATES)

    def test_a_search_looks_at_name_note_study_and_settings_in_any_case(self) -> None:
        found = read_run_record(json.dumps(run_record(facts(), PERSON, BOX, {}, PRESENT)))
        assert found is not None
        assert all(found.holds(text) for text in ("FIRST", "does paws", "target.epochs=3", "paper"))
        assert not found.holds("ada")


class TestWho:
    def test_is_gits_identity_and_the_login(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        made = Repository(tmp_path)
        made.git("config", "user.name", "Ada <the first> Lovelace")
        made.git("config", "user.email", "ada@example.org")
        monkeypatch.setenv("LOGNAME", "al")
        # git takes angle brackets out of names.
        assert person_of(tmp_path) == Person("Ada the first Lovelace", "ada@example.org", "al")

    def test_without_an_identity_of_git_or_a_name_of_the_user(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Repository(tmp_path).git("config", "user.useConfigOnly", "true")
        for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
            monkeypatch.setenv(name, "/dev/null")

        def nobody() -> str:
            raise KeyError("getpwuid(): uid not found")

        monkeypatch.setattr(getpass, "getuser", nobody)
        found = person_of(tmp_path)
        assert (found.name, found.email) == ("", "")
        assert found.login.isdecimal()


class FakeNvml:
    """NVML's module as far as it is used: two cards, or a fault at one of the calls."""

    class NVMLError(Exception):
        pass

    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.open = 0

    def __getattr__(self, name: str) -> Callable[..., Any]:
        answers = {
            "nvmlInit": None, "nvmlShutdown": None, "nvmlSystemGetDriverVersion": "570.1", "nvmlDeviceGetCount": 2,
            "nvmlDeviceGetName": "NVIDIA H100", "nvmlDeviceGetMemoryInfo": SimpleNamespace(total=80 * 2**30),
            "nvmlDeviceGetHandleByIndex": "handle",
        }  # fmt: skip

        def call(*_: Any) -> Any:
            if name == self.fault:
                raise self.NVMLError
            self.open += {"nvmlInit": 1, "nvmlShutdown": -1}.get(name, 0)
            return answers[name]

        return call


class TestMachine:
    def test_tells_every_card_and_lets_nvml_go(self, monkeypatch: pytest.MonkeyPatch) -> None:
        nvml = FakeNvml()
        monkeypatch.setitem(sys.modules, "pynvml", nvml)  # type: ignore[arg-type]
        assert gpus() == (Gpu("NVIDIA H100", 81920, "570.1"),) * 2
        assert nvml.open == 0

    @pytest.mark.parametrize("fault", ["nvmlInit", "nvmlDeviceGetHandleByIndex", "nvmlDeviceGetName"])
    def test_without_a_driver_or_with_a_lost_card_there_are_none(
        self, monkeypatch: pytest.MonkeyPatch, fault: str
    ) -> None:
        nvml = FakeNvml(fault)
        monkeypatch.setitem(sys.modules, "pynvml", nvml)  # type: ignore[arg-type]
        assert gpus() == ()
        assert nvml.open == 0

    def test_without_the_package_there_are_none(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "pynvml", None)
        assert gpus() == ()

    def test_host_and_cores(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(machines, "gpus", lambda: ())
        found = this_machine()
        assert found.host and found.cores >= 1


def test_versions_are_read_and_nothing_is_imported_for_them() -> None:
    assert set(versions_here()) == {"detour", "python", "dvc", "torch", "transformers"}
    code = (
        "import sys; from tui.runs.runrecord import versions_here; print(versions_here()['torch']);"
        "print({'torch', 'transformers', 'dvc', 'pygit2'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    version, loaded = done.stdout.splitlines()
    assert version[0].isdecimal() and loaded == "set()"
