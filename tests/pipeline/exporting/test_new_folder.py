"""A folder that is there whole or not at all, whatever happens while it is filled."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.exporting.faults import ExportFault
from pipeline.exporting.folder import new_folder
from pipeline.exporting.places import check_free

FILLING = """
import sys, time
from pathlib import Path
from pipeline.exporting.folder import new_folder
with new_folder(Path(sys.argv[1])) as draft:
    (draft / "weights").write_text("half")
    print("filling", flush=True)
    time.sleep(60)
"""


def filling(path: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen([sys.executable, "-c", FILLING, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "filling\n"
    return process


def test_it_is_there_once_it_is_whole_and_others_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "models" / "spam"
    with new_folder(path) as draft:
        (draft / "weights").touch(0o600)
        assert not path.exists()
    assert [(entry.name, entry.stat().st_mode & 0o777) for entry in path.iterdir()] == [("weights", 0o644)]
    assert path.stat().st_mode & 0o777 == 0o755
    assert list(path.parent.iterdir()) == [path]


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "spam"
    path.mkdir()
    check_free(path)
    with new_folder(path) as draft:
        (draft / "weights").touch()
    assert [entry.name for entry in path.iterdir()] == ["weights"]


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), new_folder(tmp_path / "spam") as draft:
        (draft / "weights").touch()
        _ = 1 / 0
    assert list(tmp_path.iterdir()) == []


def test_what_was_put_there_meanwhile_stays(tmp_path: Path) -> None:
    path = tmp_path / "spam"
    with pytest.raises(ExportFault, match="could not be written"), new_folder(path):
        path.mkdir()
        (path / "mine").touch()
    assert [entry.name for entry in path.iterdir()] == ["mine"]
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_one_has_left_is_removed_by_the_next_and_what_a_live_one_fills_is_not(tmp_path: Path) -> None:
    path = tmp_path / "spam"
    killed, live = filling(path), filling(path)
    left = set(tmp_path.iterdir())
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    try:
        assert len(left) == 2
        assert not path.exists()
        with new_folder(path):
            pass
        still = [entry for entry in tmp_path.iterdir() if entry != path]
        assert len(still) == 1
        assert still[0] in left
    finally:
        live.kill()
        live.wait()


def test_a_disk_that_refuses_leaves_nothing_and_is_named(tmp_path: Path) -> None:
    code = FILLING.replace('write_text("half")', 'write_bytes(b"0" * 100_000)')
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", limited, str(tmp_path / "spam")], capture_output=True, text=True, check=False
    )
    assert re.search(
        r"ExportFault: .*spam could not be written \(File too large\), and nothing of it was left", done.stderr
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with (
        pytest.raises(ExportFault, match=r"cannot be written \(Permission denied\); give --to a place"),
        new_folder(tmp_path / "spam"),
    ):
        pass


def test_a_place_below_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(ExportFault, match=r"cannot be written \(.+\); give --to a place"),
        new_folder(tmp_path / "file" / "spam"),
    ):
        pass


def test_a_place_where_something_is_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="file is there already and no folder"):
        check_free(tmp_path / "file")
    with pytest.raises(InputError, match="is not empty; give --to a folder that does not exist or is empty"):
        check_free(tmp_path)
    check_free(tmp_path / "new")
