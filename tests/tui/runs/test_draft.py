"""The command that a draft stands for: it chooses the marked cells and no others."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.study import Cell, load_study
from tests.tui.toy import ROOT
from tui.runs.draft import Draft, patterns
from tui.runs.plan import choose_cells

STUDY = load_study(ROOT / "params.yaml")
CELLS = tuple(STUDY.cells())
NAMES = [cell.name for cell in CELLS]


@given(st.sets(st.sampled_from(NAMES), min_size=1))
def test_patterns_choose_exactly_the_marked_cells(marked: set[str]) -> None:
    assert set(choose_cells(STUDY, patterns(CELLS, marked))) == marked


@given(st.sets(st.sampled_from([(cell.target, cell.start) for cell in CELLS]), min_size=1))
def test_whole_rows_are_written_as_globs_and_choose_exactly_themselves(rows: set[tuple[str, str]]) -> None:
    marked = {cell.name for cell in CELLS if (cell.target, cell.start) in rows}
    written = patterns(CELLS, marked)
    assert set(choose_cells(STUDY, written)) == marked
    assert len(written) <= len(rows)


def marking(**wanted: str) -> Draft:
    return Draft(CELLS).toggled(
        {cell.name for cell in CELLS if all(getattr(cell, key) == wanted[key] for key in wanted)}
    )


def test_all_cells_a_task_and_a_model_have_short_names() -> None:
    assert marking().words("run") == ["run"]
    assert marking(task="sentiment").words("run") == ["run", "sentiment"]
    assert marking(model="bert").words("run") == ["run", "*-bert"]


def test_the_command_is_what_a_shell_takes() -> None:
    draft = Draft(CELLS, frozenset({NAMES[0]}), {"seeds": "[1, 2]"}, "first try", 2)
    assert draft.text() == f"detour run {NAMES[0]} --set 'seeds=[1, 2]' --name 'first try' --jobs 2"


def test_what_a_plan_does_not_ask_is_said_to_the_run_alone() -> None:
    draft = Draft(CELLS, frozenset({NAMES[0]}), note="does it help?", priority=-1, carry=True)
    assert draft.text() == f"detour run {NAMES[0]} --note 'does it help?' --priority -1 --carry"
    assert draft.words("plan") == ["plan", NAMES[0]]


def test_marking_again_what_is_marked_takes_the_marks_away() -> None:
    draft = Draft(CELLS).toggled(NAMES[:2])
    assert draft.toggled(NAMES[:3]).marked == set(NAMES[:3])
    assert draft.toggled(NAMES[:1]).marked == set(NAMES[1:2])


def test_a_model_that_is_part_of_another_names_only_itself() -> None:
    cells = [Cell("sentiment", "emotions", "pretrained", model) for model in ("bert", "distil_bert")]
    written = patterns(cells, {cells[0].name})
    assert written == ["*-bert"]
