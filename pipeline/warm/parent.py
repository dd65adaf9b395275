"""The warm parent: `python -P -m pipeline.warm.parent`.

It prints the path of its socket, imports what stages import, prints `ready` and forks a child for each stage that asks. The
socket lies in a folder of its own that only this user may open, and only processes of this user are answered. It ends with the
process that started it, at SIGTERM or SIGINT, and takes its children along; a child whose stage is gone is killed.

Nothing may be forked that a fork cannot copy, so it refuses to serve where an import has started a thread or has opened a GPU.
Arguments, if there are any, are the modules to import in the place of its own list.
"""

import contextlib
import gc
import importlib
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pipeline.processes import die_with_parent
from pipeline.warm import child
from pipeline.warm.likeness import THREADS, differences, likeness
from pipeline.warm.serving import Job, Server

MODULES = (
    "numpy", "scipy.optimize", "pandas", "pyarrow.parquet", "pyarrow.dataset",
    "sklearn.feature_extraction.text", "sklearn.linear_model", "threadpoolctl",
    "pydantic.main", "pydantic.types", "pydantic.json_schema", "pydantic.functional_validators", "pydantic.plugin._schema_validator",
    "ruamel.yaml", "resource", "csv",
    "torch", "torch._dynamo", "torch.profiler._cupti_monitor", "tokenizers", "safetensors.torch",
    *(f"transformers.models.{family}.{kind}_{family}" for family in ("bert", "roberta", "xlnet", "xlm_roberta")
      for kind in ("configuration", "modeling")),
    "transformers.models.bert.tokenization_bert", "transformers.models.roberta.tokenization_roberta",
    "transformers.models.xlnet.tokenization_xlnet",
)  # fmt: skip
"""What stages import and is worth more than a moment; one that is not installed is left out."""

CALLS = (
    ("transformers.conversion_mapping", "get_checkpoint_conversion_mapping", "bert"),
    ("pydantic", "TypeAdapter", int),
)
"""Functions that make a table for the whole process when they are first called: a thousand regular expressions; the plugins among
all that is installed."""

WHILE_LOADING = {
    # Each would start threads when its library is loaded; children are given theirs back (`child`).
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "OPENBLAS_NUM_THREADS": "1",
    # Asking whether there is a GPU must not begin to use it.
    "PYTORCH_NVML_BASED_CUDA_CHECK": "1",
}
_PROCESS = os.getpid()
ADDRESS_BYTES = 100
"""A socket's path may not be much longer (108 with its end, on Linux)."""


def main() -> int:
    """Serve until the end; in a child, run the stage."""
    if sys.platform != "linux":
        print("warm starts need Linux", file=sys.stderr)
        return 1
    owner, own, threads = os.getppid(), likeness(), os.environ.get(THREADS, "")
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, _leave)
    die_with_parent(owner, signal.SIGTERM)
    with _listening() as listener:
        print(listener.getsockname(), flush=True)
        load(sys.argv[1:] or MODULES)
        if fault := what_cannot_be_forked():
            print(fault, file=sys.stderr)
            return 1
        print("ready", flush=True)
        with Server(listener, lambda request: differences(own, request["likeness"]), owner) as server:
            job = server.serve()
    if job is not None:
        _become(job, threads)
    return 0


def _become(job: Job, threads: str) -> None:
    """Run the stage, once its client knows that it need not."""
    die_with_parent(_PROCESS, signal.SIGKILL)
    try:
        child.prepare(job.request, job.line.streams, threads)
        job.line.answer(b"A")
    except Exception as error:
        print(f"left to start cold: {error!r}", file=sys.stderr, flush=True)
        os._exit(1)
    job.line.close()
    child.run(job.request["module"])


def _leave(_number: int, _frame: Any) -> None:
    raise SystemExit(0)


@contextlib.contextmanager
def _listening() -> Iterator[socket.socket]:
    """A socket in a folder of its own, which goes when the parent does, not when a child does."""
    place = tempfile.gettempdir()
    folder = Path(tempfile.mkdtemp(prefix="detour-", dir=place if len(place) < ADDRESS_BYTES - 20 else "/tmp"))
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.setblocking(False)
            listener.bind(str(folder / "warm"))
            (folder / "warm").chmod(0o600)
            listener.listen(128)
            yield listener
    finally:
        if os.getpid() == _PROCESS:
            shutil.rmtree(folder, ignore_errors=True)


def load(modules: Sequence[str]) -> None:
    """Import modules, without the threads that some would start."""
    os.environ.update(WHILE_LOADING)
    # There is hardly any garbage, and looking for it takes a fifth of the time.
    gc.disable()
    for name in modules:
        # A stage that needs it says so better.
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for name, function, argument in CALLS:
        if name in sys.modules:
            # Another version may have none, and a stage does without.
            with contextlib.suppress(Exception):
                getattr(sys.modules[name], function)(argument)
    gc.collect()
    # Children would copy every page that their collector looks at.
    gc.freeze()
    gc.enable()


def what_cannot_be_forked() -> str | None:
    """What the imports have begun that a child would find broken; None where all is well."""
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads != 1:
        return f"the imports have started {threads - 1} threads, which a fork would lose"
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            if str(entry.readlink()).startswith("/dev/nvidia"):
                return "the imports have opened the GPU, which a fork could not use"
    return None


if __name__ == "__main__":
    sys.exit(main())
