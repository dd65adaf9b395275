"""What a run was asked for, kept as `order.json` in its folder from the moment in which it is launched.

A run can wait, be stopped, die with its machine and go on: everything that its supervisor needs lies in this file and in the
repository. It is written whole, and nothing in it is changed afterwards but the priority of a run that waits.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from pipeline.files import write_text

FILE = "order.json"


@dataclass(frozen=True)
class RunOrder:
    """One run as it was asked for."""

    run: str
    """Its id, which names its folder."""
    name: str
    """The experiment's."""
    base: str
    """The commit that it starts from."""
    cells: tuple[str, ...]
    """The names of the chosen cells."""
    params: str | None = None
    """The text of params.yaml, overrides included; None where it is as committed."""
    carried: str | None = None
    """A commit of the working tree with its uncommitted changes, where they go along; None where they do not."""
    study: str | None = None
    """The overlay as it was named."""
    settings: tuple[str, ...] = ()
    """The overrides, `key=value`."""
    command: tuple[str, ...] = ()
    """The command line that launched it."""
    note: str = ""
    """The question that the run answers, or whatever else its owner wrote."""
    jobs: int = 1
    """Its share of the machine's slots."""
    priority: int = 0
    """Waiting runs of a higher one start first."""
    cold: bool = False
    """Whether no stage may start from a warm parent."""
    engine: str = "local"
    """`local` or `ray`."""
    address: str | None = None
    """HOST:PORT of the Ray cluster; None for the one that this machine belongs to."""
    cluster: Mapping[str, Any] = field(default_factory=dict)
    """What was said of the cluster, by the names of `tui.runs.cluster.options.ClusterOptions`."""


def write_order(folder: Path, order: RunOrder) -> None:
    """Write a run's order into its folder."""
    write_text(folder / FILE, json.dumps(asdict(order), indent=1, ensure_ascii=False) + "\n")


def read_order(folder: Path) -> RunOrder:
    """The order of the run in `folder`.

    Raises:
        InputError: There is none, or a hand has broken it.
    """
    path = folder / FILE
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return _order(told)
    except FileNotFoundError:
        raise InputError(f"{path} is missing, so the run cannot go on; launch it again.") from None
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"{path} is no run's order ({error}); launch the run again.") from None


def _order(told: Mapping[str, Any]) -> RunOrder:
    known = {field.name for field in fields(RunOrder)}
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in told.items() if key in known
    }
    return RunOrder(**values)
