"""What a run ends with: everything over all cells, over a few what a part of them can answer."""

import pytest

from tui.runs.plan import CLOSING, WHOLE, Stage, make_plan

CELLS = ("classification@sms_spam-pretrained-bert", "classification@sms_spam-imdb-bert")


@pytest.fixture
def graph() -> dict[str, Stage]:
    """Two cells and every closing stage."""
    return {name: Stage(name, (), (), (), "to run", ()) for name in (*CELLS, *CLOSING)}


def test_a_run_of_all_cells_ends_with_every_closing_stage_in_order(graph: dict[str, Stage]) -> None:
    assert [stage.name for stage in make_plan(graph, CELLS).stages] == [*CELLS, *CLOSING]


def test_a_run_of_a_few_leaves_what_reads_everything_as_its_base_has_it(graph: dict[str, Stage]) -> None:
    ends = [stage.name for stage in make_plan(graph, CELLS[:1]).stages if stage.name in CLOSING]
    assert ends == [name for name in CLOSING if name not in WHOLE]
    assert {"gains", "report", "page"} <= set(ends)
