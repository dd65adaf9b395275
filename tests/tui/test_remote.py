"""`detour --host` over a real sshd: what runs there, what is passed through, and one sentence for whatever does not fit."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import InputError
from tests.tui.ssh import Server, answering, install_detour, needs_sshd, sshd, telling, write_program
from tests.tui.toy import environment
from tui import remote
from tui.remote import Place, asked, own_version, parse

COMMAND_HERE = [sys.executable, "-m", "tui"]


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Server]:
    with sshd(tmp_path) as server:
        yield server


def here(server: Server, *words: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """`detour WORDS` on a machine that knows `box`."""
    return subprocess.run(
        [*COMMAND_HERE, *words],
        env={**environment(), **server.variables, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def complaint(done: "subprocess.CompletedProcess[str]", status: int) -> str:
    """The one line of a command that was refused."""
    assert (done.returncode, done.stdout) == (status, ""), done
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@needs_sshd
def test_a_command_runs_in_the_study_there_and_its_json_can_be_piped(box: Server, study: Path) -> None:
    install_detour(study)
    done = here(box, "--host", f"box:{study}", "study", "list", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert len(told["cells"]) == 8
    assert here(box, "study", "list", "--json", DETOUR_HOST=f"box:{study}").stdout == done.stdout


@needs_sshd
def test_the_exit_status_is_the_commands_own(box: Server, study: Path) -> None:
    install_detour(study)
    done = here(box, f"--host=box:{study}", "plan", "no-such-cell")
    assert done.returncode == 2
    assert "no-such-cell" in done.stderr
    other = telling(study.parent / "other", 'case "$1" in kill) kill -9 $$ ;; *) exit "$1" ;; esac')
    for status in ("0", "1", "130"):
        assert here(box, "--host", f"box:{other}", status).returncode == int(status)
    assert here(box, "--host", f"box:{other}", "kill").returncode == 128 + signal.SIGKILL


WORDS = [
    "a b",
    "",
    "'",
    '"',
    "$(touch ran)",
    "`touch ran`",
    "; touch ran",
    "~",
    "*",
    "\\n",
    "x\ny",
    "!",
    "-oX=y",
    "é",
    "--host",
]


@needs_sshd
def test_words_arrive_as_they_are_and_nothing_of_them_is_carried_out(box: Server, tmp_path: Path) -> None:
    name = 'it\'s a "study"; touch ran $(touch ran) `touch ran` é'
    there = telling(tmp_path / name, r"""printf '%s\0' "$@"; printf %s "${DETOUR_HOST-none}" """)
    done = here(box, "--host", f"box:{there}", *WORDS)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split("\0") == [*WORDS, "none"]
    assert not list(tmp_path.rglob("ran"))
    assert not (Path.home() / "ran").exists()


@needs_sshd
def test_standard_input_reaches_the_command(box: Server, tmp_path: Path) -> None:
    there = telling(tmp_path / "study", "cat")
    done = subprocess.run(
        [*COMMAND_HERE, "--host", f"box:{there}", "read"],
        env={**environment(), **box.variables},
        input="of what is piped\n",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "of what is piped\n", "")


@needs_sshd
def test_a_host_that_cannot_be_reached_is_told_in_ssh_s_own_words(box: Server, tmp_path: Path) -> None:
    said = complaint(here(box, "--host", f"ssh://127.0.0.1:1{tmp_path}", "show"), 1)
    assert said.startswith(
        f'No connection to ssh://127.0.0.1:1{tmp_path}: ssh says "ssh: connect to host 127.0.0.1 port 1: '
    )
    assert "`ssh -p 1 127.0.0.1`" in said
    (box.folder / "authorized_keys").write_text("")
    assert "Permission denied (publickey)" in complaint(here(box, "--host", f"box:{tmp_path}", "show"), 1)
    (box.folder / "known_hosts").write_text("")
    done = here(box, "--host", f"box:{tmp_path}", "show")
    assert done.returncode == 1
    assert 'ssh says "Host key verification failed."' in done.stderr.splitlines()[-1]


@needs_sshd
def test_a_port_and_a_folder_by_address(box: Server, tmp_path: Path) -> None:
    there = telling(tmp_path / "a study", "echo here")
    user = box.folder.owner()
    done = here(box, "--host", f"ssh://{user}@127.0.0.1:{box.port}{str(there).replace(' ', '%20')}", "show")
    assert (done.returncode, done.stdout) == (0, "here\n")


@needs_sshd
def test_each_thing_that_is_missing_there_has_its_sentence(box: Server, tmp_path: Path) -> None:
    def said(name: str) -> str:
        return complaint(here(box, "--host", f"box:{tmp_path}/{name}", "show"), 2)

    assert said("it's \x1b[2Jnothing").startswith(f"box:{tmp_path}/it's \\x1b[2Jnothing cannot be entered: ")
    (tmp_path / "empty").mkdir()
    assert "/empty holds no study (params.yaml and .dvc are wanted)" in said("empty")
    telling(tmp_path / "bare")
    (tmp_path / "bare" / ".venv" / "bin" / "detour").unlink()
    assert "/bare has no .venv/bin/detour and there is none on the PATH" in said("bare")


@needs_sshd
def test_detour_on_the_path_is_taken_where_the_study_has_none_of_its_own(tmp_path: Path) -> None:
    there = telling(tmp_path / "study", "echo of the study")
    write_program(there / "detour", answering(own_version()), "echo of the path")
    with sshd(tmp_path, server=f'SetEnv "PATH={there}:/usr/bin:/bin"\n') as box:
        assert here(box, "--host", f"box:{there}", "show").stdout == "of the study\n"
        (there / ".venv" / "bin" / "detour").unlink()
        assert here(box, "--host", f"box:{there}", "show").stdout == "of the path\n"


@needs_sshd
@pytest.mark.parametrize("version", ["99.0.0", "0.0.1\x1b[2J\nx", "", "{major}.{minor}0.1"])
def test_another_release_there_is_refused_and_its_name_made_harmless(version: str, box: Server, tmp_path: Path) -> None:
    major, minor, *_ = own_version().split(".")
    there = telling(tmp_path / "study", "echo ran", version="@")
    program = there / ".venv" / "bin" / "detour"
    answer = f"detour {version}".format(major=major, minor=minor) if version else ""
    program.write_text(program.read_text().replace('echo "detour @"', f"printf %s {shlex.quote(answer)}"))
    said = complaint(here(box, "--host", f"box:{there}", "show"), 2)
    assert f"which does not fit detour {own_version()} here; bring both to one release." in said
    assert "\x1b" not in said


@needs_sshd
def test_a_later_patch_of_the_same_release_fits(box: Server, tmp_path: Path) -> None:
    there = telling(tmp_path / "study", "echo ran", version=".".join(own_version().split(".")[:2]) + ".99")
    assert here(box, "--host", f"box:{there}", "show").stdout == "ran\n"


@needs_sshd
def test_a_shared_connection_is_used_and_its_background_process_holds_nobody_up(tmp_path: Path) -> None:
    there = telling(tmp_path / "study", "echo ran")
    # The name of a socket has to be short.
    with (
        tempfile.TemporaryDirectory() as short,
        sshd(tmp_path, client=f"ControlMaster auto\n  ControlPath {short}/%p\n  ControlPersist 60") as box,
    ):
        for _ in range(3):
            done = here(box, "--host", f"box:{there}", "show")
            assert (done.returncode, done.stdout, done.stderr) == (0, "ran\n", "")
        assert (box.folder / "log").read_text().count("Accepted publickey") == 1
        subprocess.run(
            ["ssh", "-O", "exit", "box"], env={**os.environ, **box.variables}, capture_output=True, check=True
        )


@pytest.mark.parametrize(
    ("host", "place"),
    [
        ("box:study", ("box", None, "study")),
        ("me@box:/a b/c:d", ("me@box", None, "/a b/c:d")),
        ("me@corp@box:~/x", ("me@corp@box", None, "~/x")),
        ("box:", ("box", None, "")),
        ("me@[fe80::1%eth0]:x", ("me@fe80::1%eth0", None, "x")),
        ("ssh://me@box:2222/a%20b", ("me@box", 2222, "/a b")),
        ("ssh://Box/~/x", ("Box", None, "~/x")),
        ("ssh://[::1]:22/x", ("::1", 22, "/x")),
    ],
)
def test_places_as_scp_and_git_write_them(host: str, place: tuple[str, int | None, str]) -> None:
    assert parse(host) == Place(*place, name=host)


@pytest.mark.parametrize(
    "host",
    [
        "box",
        "/a/b:c",
        "-oProxyCommand=x:y",
        "me@-oProxyCommand=x:y",
        "a b:c",
        ":x",
        "box\x1b:x",
        "ssh:///x",
        "ssh://box:port/x",
    ],
)
def test_what_names_no_machine_is_refused_before_ssh_is_asked(host: str) -> None:
    with pytest.raises(InputError, match=r"^--host .*ssh://user@box:port/folder\.$") as refused:
        parse(host)
    assert "\x1b" not in str(refused.value)


def test_without_ssh_it_says_so(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND_HERE, "--host", "box:x", "show"],
        env={**environment(), "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "--host needs ssh" in complaint(done, 2)


@pytest.mark.parametrize(
    ("folder", "quoted"),
    [
        ("~", "~/"),
        ("~/a b", "~/'a b'"),
        ("~me/x", "~me/x"),
        ("~$(x)/y", "'./~$(x)/y'"),
        ("-", "./-"),
        ("", "./"),
        ("/a b", "'/a b'"),
        ("~/x\n$(y)", "~/'x\n$(y)'"),
    ],
)
def test_only_a_home_folder_is_left_to_the_shell(folder: str, quoted: str) -> None:
    assert remote._quoted(folder) == quoted


def test_a_home_folder_is_entered(tmp_path: Path) -> None:
    (tmp_path / "a b").mkdir()
    command = f"cd -- {remote._quoted('~/a b')} && pwd"
    done = subprocess.run(
        ["sh", "-c", command], env={"HOME": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{tmp_path}/a b\n"


def test_host_is_read_before_the_command_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked(["--host", "box:x", "run", "--host", "y"]) == ("box:x", ["run", "--host", "y"])
    assert asked(["--host=box:x"]) == ("box:x", [])
    assert asked(["run", "--host", "y"]) == (None, ["run", "--host", "y"])
    assert asked(["--host"]) == (None, ["--host"])
    monkeypatch.setenv("DETOUR_HOST", "box:z")
    assert asked([]) == ("box:z", [])
    assert asked(["--host", "box:x", "show"]) == ("box:x", ["show"])
    assert asked(["--host", "", "show"]) == (None, ["show"])
    assert asked(["--version"]) == (None, ["--version"])


def test_the_version_is_that_of_the_package(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND_HERE, "--version"],
        env=environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert re.fullmatch(rf"detour {re.escape(own_version())}\n", done.stdout)
