"""One process for many DVC commands: what it says, how it ends, and what becomes of a run when it is killed."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui.toy import dvc, environment, ran, shell
from tui.runs.hosting import Host
from tui.runs.process import start_of

CELL = "classification@sms_spam-pretrained-bert"


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    with Host() as made:
        yield made


def repro(host: Host, folder: Path, *names: str) -> tuple[int, list[str]]:
    return host.ask(folder, "repro", "-s", *names)


def test_commands_one_after_another_do_what_dvc_does(host: Host, study: Path) -> None:
    process = host.ready()
    status, said = repro(host, study, "encoder@bert")
    assert status == 0
    assert "Running stage 'encoder@bert':" in said
    assert repro(host, study, CELL)[0] == 0
    assert host.ready() == process
    assert ran(study) == ["encoder@bert", CELL]
    # DVC by itself finds nothing to do, and nothing to write otherwise.
    before = (study / "dvc.lock").read_bytes()
    assert "Running" not in dvc(study, "repro", "-s", "encoder@bert", CELL)
    assert (study / "dvc.lock").read_bytes() == before


def test_what_changes_between_two_commands_is_seen(host: Host, study: Path) -> None:
    repro(host, study, "encoder@bert", CELL)
    params = study / "params.yaml"
    params.write_text(params.read_text().replace("learning_rate: 0.001", "learning_rate: 0.0009"))
    assert host.ask(study, "status", "--quiet", CELL)[0] == 1
    repro(host, study, CELL)
    assert ran(study).count(CELL) == 2


def test_a_stage_finds_an_empty_standard_input_and_may_end_in_the_middle_of_a_line(host: Host, study: Path) -> None:
    (study / "stage.py").write_text(
        "import sys\nprint(len(sys.stdin.read()), 'read', end='', flush=True)\nsys.exit(3)\n"
    )
    status, said = repro(host, study, "encoder@bert")
    assert status != 0
    assert any(line.startswith("0 read") for line in said)
    assert host.ask(study, "status", "--quiet", "data.dvc") == (0, [])


def test_a_wrong_word_has_dvcs_own_status_and_sentence(host: Host, study: Path) -> None:
    status, said = host.ask(study, "repro", "-s", "nothing@here")
    assert status == 255
    assert "nothing@here" in " ".join(said)
    assert host.ask(study, "no-such-command")[0] != 0


def test_a_killed_process_tells_the_signal_and_the_next_command_has_a_new_one(host: Host, study: Path) -> None:
    (study / "stage.py").write_text("import os\nos.killpg(0, 9)\n")
    first = host.ready()
    assert repro(host, study, "encoder@bert")[0] == -signal.SIGKILL
    shell(study, "git", "checkout", "--quiet", "stage.py")
    assert repro(host, study, "encoder@bert")[0] == 0
    assert host.ready() != first


def test_the_graph_or_why_there_is_none(host: Host, study: Path) -> None:
    status, graph = host.graph(study)
    assert status == 0
    assert {entry["name"] for entry in graph} >= {"encoder@bert", CELL, "gains", "report"}
    (study / "dvc.yaml").write_text("stages: [\n")
    status, why = host.graph(study)
    assert status == 1
    assert "dvc.yaml" in why and "\n" not in why


def test_closing_ends_an_idle_process_and_one_at_work_with_its_stage(host: Host, study: Path) -> None:
    idle = Host()
    process = idle.ready()
    idle.close()
    assert start_of(process) is None
    (study / "orders").mkdir()
    (study / "orders" / "wait-encoder@bert").touch()
    busy = Host()
    answers: list[int] = []
    work = threading.Thread(target=lambda: answers.append(repro(busy, study, "encoder@bert")[0]))
    work.start()
    waiting = study / "waiting"
    end = time.monotonic() + 60
    while not (waiting.exists() and waiting.read_text()) and time.monotonic() < end:
        time.sleep(0.05)
    busy.close()
    work.join()
    assert answers == [-signal.SIGKILL]
    stage = int(waiting.read_text())
    # What was killed may take a moment to go.
    while start_of(stage) is not None:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_question_whose_process_is_killed_is_asked_again(host: Host, study: Path) -> None:
    first = host.ready()
    os.kill(first, signal.SIGSTOP)
    answers: list[tuple[int, list[str]]] = []
    asking = threading.Thread(target=lambda: answers.append(host.ask(study, "status", "--quiet", "data.dvc")))
    asking.start()
    os.kill(first, signal.SIGKILL)
    asking.join(60)
    assert answers == [(0, [])]
    assert host.ready() != first
