"""How many stages a cluster takes at once, and what the engine costs where it is not used."""

import subprocess
import sys
from typing import Any

import pytest

from pipeline.errors import InputError
from tests.tui.toy import environment
from tui.runs.cluster import engine
from tui.runs.cluster.options import ClusterOptions
from tui.runs.cluster.placing import capacity


def node(cpus: float, gpus: float = 0, alive: bool = True) -> dict[str, Any]:
    resources = {"CPU": cpus, **({"GPU": gpus} if gpus else {})}
    return {"Alive": alive, "Resources": resources}


@pytest.mark.parametrize(
    ("nodes", "cpus", "gpus", "expected"),
    [
        ([node(4), node(2), node(8, alive=False)], 1, 0, 6),
        ([node(4), node(2)], 3, 0, 1),
        ([node(16, 8)], 1, 1, 8),
        ([node(16, 8)], 4, 1, 4),
        ([node(64, 2)], 1, 0.25, 8),
        # A third of a GPU fits three times into one, and what is left of two is none.
        ([node(64, 2)], 1, 0.4, 4),
        ([node(64)], 1, 0.5, 0),
        ([], 1, 0, 0),
    ],
)
def test_room_is_counted_node_by_node(nodes: list[Any], cpus: float, gpus: float, expected: int) -> None:
    assert capacity(nodes, cpus, gpus) == expected


def test_a_stage_takes_a_gpu_where_there_are_any_unless_told_otherwise() -> None:
    names = ("classification@a-b-c", "classification@d-e-f")
    assert ClusterOptions().gpus_of(names, True) == 1
    assert ClusterOptions().gpus_of(names, False) == 0
    assert ClusterOptions(gpus=0.25).gpus_of(names, True) == 0.25
    assert ClusterOptions(gpus=0.25, shares={names[1]: 0.5}).gpus_of(names, True) == 0.5


def test_options_go_through_json() -> None:
    options = ClusterOptions(gpus=0.5, shares={"a": 0.1}, pauses=(1.0,))
    assert ClusterOptions.from_mapping(options.as_mapping()) == options


def test_the_engine_loads_neither_ray_nor_dvc_into_the_supervisor() -> None:
    code = "import sys, tui.runs.cluster.engine; print(*sorted({'ray', 'dvc'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_without_ray_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install 'detour\[cluster\]'"):
        engine.require_ray()
