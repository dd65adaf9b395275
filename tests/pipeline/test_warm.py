"""Warm starts: a stage forked from a parent is the process that it would have been by itself.

Most tests use a parent that has imported next to nothing and trees whose stages are a few lines; one trains a real cell.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from pipeline.warm import client
from pipeline.warm.client import hand_over
from tests.pipeline.trees import ROOT, make_cell, make_tree

AT_FIRST = dict(os.environ)
"""Before this process imports torch, which puts more into it."""

PROBE = """\
import json, os, resource, sys, time
import pipeline

kind, *words = sys.argv[1:]
if kind == "tell":
    told = {
        "argv": sys.argv, "orig_argv": sys.orig_argv, "path": sys.path, "folder": os.getcwd(), "name": __name__, "file": __file__,
        "pipeline": pipeline.__file__, "modules": sorted(m for m in sys.modules if m.split(".")[0] in ("pipeline", "tui")),
        "environment": {k: v for k, v in os.environ.items() if k not in ("DETOUR_WARM", "LC_CTYPE")}, "umask": os.umask(0o22),
        "executable": sys.executable, "nice": os.nice(0), "files": resource.getrlimit(resource.RLIMIT_NOFILE),
        "cores": sorted(os.sched_getaffinity(0)), "stdin": sys.stdin.read(), "spec": __spec__.name,
        "streams": [[s.encoding, s.errors, s.line_buffering, s.name, type(s.buffer).__name__] for s in (sys.stdout, sys.stderr)],
        "descriptors": len(os.listdir("/proc/self/fd")), "threads": len(os.listdir("/proc/self/task")),
    }
    print(json.dumps(told))
elif kind == "warm":
    print("colorsys" in sys.modules)
elif kind == "leave":
    sys.exit(int(words[0]) if words[0].lstrip("-").isdigit() else words[0])
elif kind == "crash":
    print("before")
    raise RuntimeError("broken")
elif kind == "wait":
    print(os.getpid(), flush=True)
    time.sleep(60)
elif kind == "die":
    os.kill(os.getpid(), int(words[0]))
elif kind == "interrupted":
    raise KeyboardInterrupt
elif kind == "cpu":
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(usage.ru_utime + usage.ru_stime)
elif kind == "random":
    import random
    print(random.random())
elif kind == "late":
    import atexit
    atexit.register(print, "at the end")
"""
"""A stage that tells what process it is."""


class Parent:
    """A parent of the tests' own; it has imported `colorsys`, which nothing else does."""

    def __init__(self, log: Path, *modules: str) -> None:
        with log.open("w") as complaints:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "pipeline.warm.parent", *modules],
                env=environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=complaints, text=True,
                start_new_session=True,
            )  # fmt: skip
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        self.log = log
        self.is_ready = self.process.stdout.readline() == "ready\n"

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parent]:
    made = Parent(tmp_path_factory.mktemp("parent") / "log", "colorsys")
    yield made
    made.end()


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Parent]:
    """A parent that the test may kill."""
    made = Parent(tmp_path / "log", "colorsys")
    yield made
    made.end()


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tree(tmp_path_factory.mktemp("trees") / "a tree", PROBE)


def environment(warm: str = "off", **more: str) -> dict[str, str]:
    usual = {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "DETOUR_WARM": warm}
    return {**AT_FIRST, **usual, **more}


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "pipeline.stages.probe", *words]


def run(
    tree: Path, warm: str, words: Sequence[str], said: str = "", **variables: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command(*words),
        cwd=tree,
        env=environment(warm, **variables),
        input=said,
        capture_output=True,
        text=True,
        timeout=60,
    )


def is_warm(tree: Path, warm: str, **variables: str) -> bool:
    done = run(tree, warm, ["warm"], **variables)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout == "True\n"


def waits(tree: Path, warm: str) -> "tuple[subprocess.Popen[str], int]":
    """A stage that waits, and the process that runs it."""
    client = subprocess.Popen(command("wait"), cwd=tree, env=environment(warm), stdout=subprocess.PIPE, text=True)
    assert client.stdout is not None
    return client, int(client.stdout.readline())


def ends(process: int, seconds: float = 5.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not is_there(process):
            return True
        time.sleep(0.02)
    return False


def is_there(process: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return False


class TestLikeness:
    @pytest.mark.parametrize("variables", [{}, {"PYTHONUNBUFFERED": "1"}, {"PYTHONIOENCODING": "latin-1:replace"}])
    def test_a_warm_stage_finds_what_a_cold_one_finds(
        self, parent: Parent, tree: Path, variables: dict[str, str]
    ) -> None:
        words = ["tell", "b c", "", "é"]
        cold, warm = (run(tree, at, words, "read me", **variables) for at in ("off", parent.address))
        assert (warm.returncode, warm.stderr) == (cold.returncode, cold.stderr) == (0, "")
        told, expected = json.loads(warm.stdout), json.loads(cold.stdout)
        assert told["modules"] == ["pipeline", "pipeline.stages"]
        # Going cold after all would be the same as well.
        assert is_warm(tree, parent.address, **variables)
        assert told == expected

    def test_what_the_shell_gave_a_stage_is_given_to_its_child(self, parent: Parent, tree: Path) -> None:
        words = " ".join(["nice -n 3", "taskset -c 0", *map(repr, command("tell"))])
        line = f"umask 027; ulimit -S -n 100; {words} 2>/dev/null | cat"
        told = [
            json.loads(subprocess.check_output(["sh", "-c", line], cwd=tree, env=environment(at), input=b""))
            for at in ("off", parent.address)
        ]
        assert told[0] == told[1]
        assert (told[1]["umask"], told[1]["files"][0], told[1]["cores"]) == (0o27, 100, [0])

    def test_the_project_is_imported_from_the_stages_own_folder(self, parent: Parent, tmp_path: Path) -> None:
        for name in ("one", "another"):
            folder = make_tree(tmp_path / name, f"import pipeline.own; print('warm', {name!r}, pipeline.own.NAME)")
            (folder / "pipeline" / "own.py").write_text(f"NAME = 'of {name}'\n")
            assert run(folder, parent.address, []).stdout == f"warm {name} of {name}\n"

    def test_children_do_not_share_a_stream_of_random_numbers(self, parent: Parent, tree: Path) -> None:
        assert run(tree, parent.address, ["random"]).stdout != run(tree, parent.address, ["random"]).stdout

    def test_the_time_and_memory_of_a_child_are_its_own(self, parent: Parent, tree: Path) -> None:
        own = Path(f"/proc/{parent.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        assert float(run(tree, parent.address, ["cpu"]).stdout) < 0.1 + (int(own[11]) + int(own[12])) / 100


class TestShort:
    def test_a_stage_that_has_ended_before_its_client_looks_runs_once(self) -> None:
        class Ended:
            """A line whose other end has taken the whole request, answered and hung up."""

            def sendmsg(self, parts: Sequence[bytes], _streams: object) -> int:
                return sum(map(len, parts))

            def sendall(self, _rest: bytes) -> None:
                raise BrokenPipeError

        client._send(Ended(), b"{}")  # type: ignore[arg-type]


class TestEnd:
    @pytest.mark.parametrize(
        "words",
        [["leave", "0"], ["leave", "2"], ["leave", "-1"], ["leave", "No."], ["crash"], ["interrupted"], ["late"], ["die", "9"],
         ["die", "15"], ["die", "11"]],
        ids="-".join,
    )  # fmt: skip
    def test_it_ends_as_it_would_by_itself(self, parent: Parent, tree: Path, words: list[str]) -> None:
        cold, warm = (run(tree, at, words) for at in ("off", parent.address))
        assert (warm.returncode, warm.stdout, warm.stderr) == (cold.returncode, cold.stdout, cold.stderr)
        assert is_warm(tree, parent.address)

    def test_a_module_that_is_not_there_is_missed_in_the_same_words(self, parent: Parent, tree: Path) -> None:
        line = [sys.executable, "-m", "pipeline.stages.prob"]
        cold, warm = (
            subprocess.run(line, cwd=tree, env=environment(at), capture_output=True, text=True)
            for at in ("off", parent.address)
        )
        assert (warm.returncode, warm.stderr) == (cold.returncode, cold.stderr)

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT], ids=lambda number: number.name)
    def test_a_signal_reaches_the_child_and_the_stage_dies_of_it(
        self, parent: Parent, tree: Path, number: signal.Signals
    ) -> None:
        client, child = waits(tree, parent.address)
        assert child != client.pid
        client.send_signal(number)
        assert client.wait(5) == -number
        assert not is_there(child)

    def test_the_child_of_a_killed_stage_ends(self, parent: Parent, tree: Path) -> None:
        client, child = waits(tree, parent.address)
        client.kill()
        client.wait()
        assert ends(child)
        assert is_warm(tree, parent.address)

    def test_two_stages_run_at_once(self, parent: Parent, tree: Path) -> None:
        (first, one), (second, other) = waits(tree, parent.address), waits(tree, parent.address)
        assert one != other
        first.terminate()
        assert first.wait(5) == -signal.SIGTERM
        assert is_there(other)
        second.terminate()
        assert second.wait(5) == -signal.SIGTERM


class TestParent:
    def test_its_socket_is_its_users_alone_and_goes_with_it(self, mortal: Parent) -> None:
        socket_file = Path(mortal.address)
        assert [path.stat().st_mode & 0o777 for path in (socket_file, socket_file.parent)] == [0o600, 0o700]
        mortal.end()
        assert not socket_file.parent.exists()

    def test_a_stage_whose_parent_is_killed_fails_and_does_not_run_again(self, mortal: Parent, tree: Path) -> None:
        client, child = waits(tree, mortal.address)
        mortal.process.kill()
        said = client.communicate(timeout=10)[0]
        assert (client.returncode, said) == (1, "")
        assert ends(child)

    def test_a_stage_starts_cold_once_its_parent_is_gone(self, mortal: Parent, tree: Path) -> None:
        assert is_warm(tree, mortal.address)
        mortal.process.kill()
        mortal.process.wait()
        assert not is_warm(tree, mortal.address)
        shutil.rmtree(Path(mortal.address).parent)
        assert not is_warm(tree, mortal.address)

    def test_it_ends_with_whoever_began_it(self, tmp_path: Path) -> None:
        code = (
            "import subprocess, sys, time\n"
            "made = subprocess.Popen([sys.executable, '-P', '-m', 'pipeline.warm.parent', 'colorsys'], stdout=subprocess.PIPE)\n"
            "print(made.pid, made.stdout.readline().decode().strip(), made.stdout.readline(), flush=True)\n"
            "time.sleep(60)\n"
        )
        owner = subprocess.Popen([sys.executable, "-c", code], env=environment(), stdout=subprocess.PIPE, text=True)
        assert owner.stdout is not None
        process, address = owner.stdout.readline().split()[:2]
        owner.kill()
        owner.wait()
        assert ends(int(process))
        assert not Path(address).parent.exists()

    def test_it_refuses_to_serve_once_an_import_has_started_a_thread(self, tmp_path: Path, tree: Path) -> None:
        (tmp_path / "busy.py").write_text(
            "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
        )
        log = tmp_path / "log"
        with log.open("w") as complaints:
            done = subprocess.run(
                [sys.executable, "-P", "-m", "pipeline.warm.parent", "busy"],
                env=environment(PYTHONPATH=f"{tmp_path}:{ROOT}"), stdout=subprocess.DEVNULL, stderr=complaints, timeout=20,
            )  # fmt: skip
        assert done.returncode == 1
        assert log.read_text() == "the imports have started 1 threads, which a fork would lose\n"

    @pytest.mark.parametrize(
        "variables", [{"HF_HUB_OFFLINE": "0"}, {"OMP_NUM_THREADS": ""}, {"PYTHONPATH": f"{ROOT}/tests:{ROOT}"}], ids=str
    )
    def test_a_stage_that_would_import_something_else_starts_cold(
        self, parent: Parent, tree: Path, variables: dict[str, str]
    ) -> None:
        assert not is_warm(tree, parent.address, **variables)

    def test_a_stage_of_another_interpreter_starts_cold(self, parent: Parent, tree: Path) -> None:
        line = [sys.executable, "-O", *command("warm")[1:]]
        assert subprocess.check_output(line, cwd=tree, env=environment(parent.address)) == b"False\n"

    def test_whoever_talks_nonsense_does_not_harm_the_others(self, parent: Parent, tree: Path) -> None:
        for text in (b"", b"\0", b"\0\0\0\2{}", b"\0\0\0\2[]", b"\xff" * 5000):
            with socket.socket(socket.AF_UNIX) as line:
                line.connect(parent.address)
                line.sendall(text)
                assert is_warm(tree, parent.address)


class TestSignal:
    def test_one_that_comes_before_the_client_knows_that_the_child_begins_is_passed_on(
        self, tree: Path, tmp_path: Path
    ) -> None:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(tmp_path / "parent"))
            listener.listen()
            listener.settimeout(30)
            process = subprocess.Popen(command("wait"), cwd=tree, env=environment(str(tmp_path / "parent")))
            line = listener.accept()[0]
            with line:
                line.settimeout(30)
                length = client.LENGTH.unpack(line.recv(client.LENGTH.size))[0]
                while length:
                    length -= len(line.recv(length))
                process.send_signal(signal.SIGTERM)
                line.sendall(client.ANSWER.pack(b"A", 0))
                assert line.recv(1) == bytes([signal.SIGTERM])
                line.sendall(client.ANSWER.pack(b"S", 7))
            assert process.wait(30) == 7


class TestSilence:
    """A parent that takes a stage's call and does not answer."""

    def asks(self, monkeypatch: pytest.MonkeyPatch, address: Path, patience: float) -> None:
        monkeypatch.setattr(sys, "orig_argv", ["python", "-m", "pipeline.stages.probe"])
        monkeypatch.setattr(sys, "argv", ["-m"])
        monkeypatch.setenv("OMP_NUM_THREADS", "1")
        # What pytest has in the place of standard streams cannot be told of.
        monkeypatch.setattr("pipeline.warm.client._request", lambda module: {"module": module})
        hand_over(str(address), patience)

    def test_it_is_waited_for_and_then_the_stage_starts_cold(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("silent")
            listener.listen()
            self.asks(monkeypatch, Path("silent"), 0.1)
            # Too late: no child can begin any more.
            late = listener.accept()[0]
            with pytest.raises(BrokenPipeError):
                late.send(b"A\0\0\0\0")

    def test_one_that_hangs_up_leaves_the_stage_to_itself(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("rude")
            listener.listen()
            rude = threading.Thread(target=lambda: listener.accept()[0].close())
            rude.start()
            self.asks(monkeypatch, Path("rude"), 10)
            rude.join()


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parent]:
    """A parent as runs have it."""
    made = Parent(tmp_path_factory.mktemp("full") / "log")
    yield made
    made.end()


class TestStages:
    @pytest.fixture(scope="class")
    def cell(self, encoders: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
        return make_cell(tmp_path_factory.mktemp("cell") / "a cell", encoders / "bert", PROBE)

    def finetune(self, tree: Path, at: str, *words: str) -> "subprocess.CompletedProcess[str]":
        line = [sys.executable, "-m", "pipeline.stages.finetune", *words]
        return subprocess.run(line, cwd=tree, env=environment(at), capture_output=True, text=True)

    def test_the_parent_has_started_no_thread(self, full: Parent) -> None:
        assert full.is_ready, full.log.read_text()
        assert len(list(Path(f"/proc/{full.process.pid}/task").iterdir())) == 1

    def test_a_cell_is_the_same_to_the_byte(self, full: Parent, cell: Path, tmp_path: Path) -> None:
        warm_cell = Path(shutil.copytree(cell, tmp_path / "a warm cell"))
        cold = self.finetune(cell, "off", "sms_spam", "pretrained", "bert")
        warm = self.finetune(warm_cell, full.address, "sms_spam", "pretrained", "bert")
        assert cold.returncode == 0, cold.stderr
        assert (warm.returncode, warm.stdout, warm.stderr) == (0, cold.stdout, cold.stderr)
        written = [files(folder) for folder in (cell, warm_cell)]
        assert len(written[0]) == 4
        assert written[0] == written[1]
        spent = json.loads(next((warm_cell / "reports/timings").rglob("*.json")).read_text())["process"][0][
            "cpu_seconds"
        ]
        # Importing torch alone takes longer.
        assert spent < 1.5

    def test_a_fault_of_input_and_a_wrong_usage_are_told_in_the_same_words(self, full: Parent, cell: Path) -> None:
        for words in (["sms_spam", "pretrained", "xlnet"], ["sms_spam"]):
            warm, cold = (self.finetune(cell, at, *words) for at in (full.address, "off"))
            assert (warm.returncode, warm.stdout, warm.stderr) == (cold.returncode, cold.stdout, cold.stderr)
            assert warm.returncode == 2

    def test_the_threads_are_the_stages_own(self, full: Parent, cell: Path) -> None:
        (cell / "pipeline" / "stages" / "threads.py").write_text(
            "import json, numpy, scipy.linalg, threadpoolctl, torch\n"
            "found = [entry for entry in threadpoolctl.threadpool_info() if entry['user_api'] == 'blas']\n"
            "print(json.dumps([torch.get_num_threads(), {entry['filepath']: entry['num_threads'] for entry in found}]))\n"
        )
        line = [sys.executable, "-m", "pipeline.stages.threads"]
        cold, warm = (
            subprocess.check_output(line, cwd=cell, env=environment(at, OMP_NUM_THREADS="2"), text=True)
            for at in ("off", full.address)
        )
        (threads, blas), (warm_threads, warm_blas) = (json.loads(said) for said in (cold, warm))
        assert warm_threads == threads == 2
        # The parent has imported more of them.
        assert warm_blas.items() >= blas.items()
        assert set(warm_blas.values()) == {2}


def files(folder: Path) -> dict[str, bytes]:
    """What a stage wrote, but for what is never twice the same."""
    paths = [path for top in ("reports", "predictions") for path in (folder / top).rglob("*") if path.is_file()]
    named = {str(path.relative_to(folder)): path.read_bytes() for path in paths}
    return {name: data for name, data in named.items() if "timings" not in name and "overlap" not in name}
