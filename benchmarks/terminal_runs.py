"""The runs screen over a run that a thread tells, for `benchmarks.terminal`: its cost while one row and one curve are live, and of keys."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.pseudoterminal import Terminal
from tui.runs.events import EventLog
from tui.runs.process import start_of

ROOT = Path(__file__).resolve().parents[1]
CELLS = [f"classification@sms_spam-{start}-bert" for start in ("pretrained", "imdb", "imdb_genres")]
EPOCHS = 5_000
RUN = "20261121-100000-abcd"


def live_costs(seconds: int) -> tuple[float, float]:
    """Percent of a CPU and bytes a second over `seconds` in which one stage trains and tells an epoch a second."""
    with _study() as study, _telling(study, 1.0), _on_runs(study) as terminal:
        terminal.listen(3)
        before = terminal.cpu_ms()
        written = terminal.listen(seconds)
        return (terminal.cpu_ms() - before) / seconds / 10, written / seconds


def key_times(keys: int) -> Sequence[float]:
    """Milliseconds from each of `keys` keys to the first bytes of its repaint, while a run tells 20 epochs a second."""
    with _study() as study, _telling(study, 0.05), _on_runs(study) as terminal:
        return [terminal.answer("jk"[index % 2]) for index in range(keys)]


@contextmanager
def _study() -> Iterator[Path]:
    """A repository with the study of this checkout and no reports."""
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder)
        (study / ".dvc").mkdir()
        shutil.copy(ROOT / "params.yaml", study)
        (study / ".gitignore").write_text("/.detour/\n")
        for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "A study"]):
            author = ["-c", "user.name=Benchmark", "-c", "user.email=benchmark@example.org"]
            subprocess.run(["git", *author, *words], cwd=study, check=True)
        yield study


@contextmanager
def _telling(study: Path, every: float) -> Iterator[None]:
    """A run of this process whose first stage tells an epoch `every` so many seconds."""
    folder = study / ".detour" / "runs" / RUN
    (folder / "logs").mkdir(parents=True)
    (folder / "tree").mkdir()
    shutil.copy(study / "params.yaml", folder / "tree")
    log, me, over = EventLog(folder), os.getpid(), threading.Event()
    log.write("queued", name="live", command=["detour", "run"])
    log.write("opened", process=me, began=start_of(me), host=socket.gethostname())
    log.write("planned", cells=CELLS, stages=CELLS)
    log.write("stage", stage=CELLS[0], state="started")

    def tell() -> None:
        for epoch in range(1, EPOCHS + 1):
            values = {"seed": 1, "epoch": epoch, "epochs": EPOCHS, "metrics": {"dev": 0.5 + epoch / EPOCHS / 2}}
            log.write("epoch", stage=CELLS[0], **values)
            if over.wait(every):
                return

    thread = threading.Thread(target=tell)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def _on_runs(study: Path) -> Iterator[Terminal]:
    """The app with the runs screen open."""
    with Terminal([sys.executable, "-m", "tui"], study) as terminal:
        terminal.until(b"launch")
        terminal.listen(3)
        terminal.send("2")
        terminal.until(b"live")
        yield terminal
        terminal.end("q")
