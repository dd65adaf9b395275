"""What a user may say about a run on a cluster."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

WORKERS = "DETOUR_WORKERS"
"""The variable of a node that names the folder for its clones and its DVC cache."""

FOLDER = "~/.cache/detour/workers"
"""Where workers keep their clones and DVC cache unless the node's `DETOUR_WORKERS` or `--worker-folder` says otherwise."""

PAUSES = (1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0)
"""Seconds between attempts to reach a remote: two minutes in all, so that one that is gone for a minute is waited for."""


@dataclass(frozen=True)
class ClusterOptions:
    """How stages are placed and what they go through."""

    cpus: float = 1.0
    """Processors of one stage, as Ray counts them; as many threads are used."""
    gpus: float | None = None
    """GPUs of one stage, a fraction where several share one; None for 1 where the cluster has GPUs and 0 where it has none."""
    shares: Mapping[str, float] = field(default_factory=dict)
    """GPUs of single stages, by name, where a forecast knows better than `gpus`."""
    git: str = "origin"
    """The git remote, by name, address or folder."""
    remote: str | None = None
    """The DVC remote, by name; None for the default one."""
    folder: str | None = None
    """The workers' folder, for all nodes; None for each node's own."""
    keep_seconds: float = 60.0
    """Between two copies of a training's state to the DVC remote: what a lost node may cost beyond the last epoch."""
    attempts: int = 3
    """How often a stage is placed in a row without getting any further."""
    pauses: tuple[float, ...] = PAUSES
    """Seconds between attempts to reach a remote; after the last the batch fails."""

    def as_mapping(self) -> dict[str, Any]:
        """The options in JSON's types."""
        return asdict(self)

    @staticmethod
    def from_mapping(values: Mapping[str, Any]) -> "ClusterOptions":
        """The options of `as_mapping`."""
        return ClusterOptions(**{**values, "pauses": tuple(values["pauses"])})

    def gpus_of(self, names: tuple[str, ...], cluster_has_gpus: bool) -> float:
        """GPUs that a batch is placed with."""
        usual = self.gpus if self.gpus is not None else float(cluster_has_gpus)
        return max(self.shares.get(name, usual) for name in names)
