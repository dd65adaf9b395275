"""A real sshd on loopback for one test: any user may start it, nobody's configuration is read, and it ends with the test.

`with sshd(tmp_path) as server:` gives a machine named `box`. With `server.variables` in its environment a process finds an `ssh` that
knows it; `server.cut()` kills every session at once, as a lost connection does, and the listener goes on.
"""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.tui.toy import ROOT
from tui.remote import own_version

PROGRAM = shutil.which("sshd", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]))
CLIENT = shutil.which("ssh")

needs_sshd = pytest.mark.skipif(
    PROGRAM is None or CLIENT is None, reason="openssh-server is not installed; `make system` installs it"
)


@dataclass(frozen=True)
class Server:
    """A listening sshd."""

    folder: Path
    """Its keys, configurations, log, and `bin` with the `ssh` of its clients."""
    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def variables(self) -> dict[str, str]:
        """To be added to a client's environment."""
        return {"PATH": os.pathsep.join([str(self.folder / "bin"), os.environ["PATH"]])}

    def sessions(self) -> list[int]:
        """The processes of sshd that serve a connection."""
        parents = dict(_processes())
        served = [self.process.pid]
        for process in served:
            served += [child for child, parent in parents.items() if parent == process]
        return served[1:]

    def cut(self) -> None:
        """Kill what serves the connections."""
        for process in self.sessions():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


def _processes() -> Iterator[tuple[int, int]]:
    """Every process of sshd with its parent; newer ones name those of a connection sshd-session."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            name, _, rest = (folder / "stat").read_text(errors="replace").partition("(")[2].rpartition(")")
            if name.startswith("sshd") and rest.split()[0] != "Z":
                yield int(folder.name), int(rest.split()[1])


@contextmanager
def sshd(folder: Path, client: str = "", server: str = "") -> Iterator[Server]:
    """Start one that lets in whoever has the key that it makes.

    Args:
        folder: Where a folder `sshd` is made.
        client: Lines for the client's configuration of `box`.
        server: Lines for the server's configuration.
    """
    folder = folder / "sshd"
    folder.mkdir()
    for key in ("host_key", "key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key)], check=True)
    shutil.copy(folder / "key.pub", folder / "authorized_keys")
    if os.geteuid() == 0:
        # Debian's service makes it when it starts.
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    port, process = _listening(folder, server)
    try:
        _write_client(folder, port, client)
        yield Server(folder, port, process)
    finally:
        Server(folder, port, process).cut()
        process.terminate()
        process.wait()


def _listening(folder: Path, lines: str) -> "tuple[int, subprocess.Popen[bytes]]":
    for _ in range(5):
        port = _free_port()
        config = folder / "sshd_config"
        config.write_text(_server_config(folder, port) + lines)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [str(PROGRAM), "-D", "-e", "-f", str(config)], stdin=subprocess.DEVNULL, stderr=log
            )
        while process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 5):
                return port, process
            time.sleep(0.02)
        # Another program may have taken the port in between.
    raise AssertionError((folder / "log").read_text())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _server_config(folder: Path, port: int) -> str:
    return f"""\
Port {port}
ListenAddress 127.0.0.1
HostKey "{folder}/host_key"
AuthorizedKeysFile "{folder}/authorized_keys"
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PrintMotd no
PrintLastLog no
"""


def _write_client(folder: Path, port: int, lines: str) -> None:
    host_key = (folder / "host_key.pub").read_text()
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {host_key}")
    (folder / "ssh_config").write_text(f"""\
Host box
  HostName 127.0.0.1
  Port {port}
  User {getpass.getuser()}
  {lines}
Host *
  IdentityFile "{folder}/key"
  IdentitiesOnly yes
  UserKnownHostsFile "{folder}/known_hosts"
  GlobalKnownHostsFile none
  StrictHostKeyChecking yes
""")
    (folder / "bin").mkdir()
    write_program(folder / "bin" / "ssh", f'exec {CLIENT} -F "{folder}/ssh_config" "$@"')


def install_detour(study: Path, variables: Mapping[str, str] | None = None) -> Path:
    """Give a study a `.venv/bin/detour` that runs this program, as `make install` does."""
    path = study / ".venv" / "bin" / "detour"
    path.parent.mkdir(parents=True)
    exports = {
        "PYTHONPATH": str(ROOT),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        **(variables or {}),
    }
    lines = [f'export {name}="{value}"' for name, value in exports.items()]
    write_program(path, *lines, f'exec "{sys.executable}" -P -m tui "$@"')
    return path


def answering(version: str) -> str:
    """A line of shell that answers `--version`."""
    return f'if [ "$1" = --version ]; then echo "detour {version}"; exit; fi'


def telling(folder: Path, *lines: str, version: str = "") -> Path:
    """A folder that passes for a study, whose `detour` does what the lines say."""
    (folder / ".dvc").mkdir(parents=True)
    (folder / "params.yaml").touch()
    path = folder / ".venv" / "bin" / "detour"
    path.parent.mkdir(parents=True)
    write_program(path, answering(version or own_version()), *lines)
    return folder


def write_program(path: Path, *lines: str) -> None:
    """Write a shell script that can be called."""
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
