"""What this study cannot say."""

from collections.abc import Iterator

from pipeline.reporting.lines import cell_parts
from pipeline.reporting.page.answer import entries
from pipeline.reporting.page.blocks import Items, Section
from pipeline.reporting.page.inputs import Inputs
from pipeline.reporting.text import look_up, one_line

FEW_ROWS = 500
"""Below this many test rows an accuracy of .8 is known to no better than 3.5 points either way."""


def limits(inputs: Inputs) -> Section:
    """The sentences that hold for this study, then those that hold for any."""
    return Section("limits", "Limits", (Items((*_of_this_study(inputs), *_of_any_study())),))


def _of_this_study(inputs: Inputs) -> Iterator[str]:
    if said := one_line(inputs.note):
        yield said
    absent = len(inputs.cells) - inputs.measured
    if absent:
        yield f"{absent} of {len(inputs.cells)} cells are not measured; what is said here is said of the others."
    found = entries(inputs.gains)
    if provisional := [entry for entry in found if look_up(entry, "provisional")]:
        yield f"{len(provisional)} of {len(found)} verdicts rest on fewer than 3 seeds and are provisional."
    if conditional := [entry for entry in found if look_up(entry, "conditional")]:
        yield (
            f"{len(conditional)} of {len(found)} gains are conditional on one intermediate checkpoint: another run of the "
            "intermediate training could give others."
        )
    if refused := [entry for entry in found if not look_up(entry, "comparable")]:
        yield f"{len(refused)} of {len(found)} gains could not be compared; the gains say why."
    if small := _small(inputs):
        yield f"Few test rows: {', '.join(small)}; with fewer than {FEW_ROWS} a gain of some points cannot be told from none."
    collapsed = [name for name, record in inputs.cells.items() if look_up(record, "collapsed")]
    if collapsed:
        yield f"In {len(collapsed)} of {inputs.measured} cells a run predicts one class only; such runs stay in every mean."
    floors = {cell_parts(name)[1] for name, record in inputs.cells.items() if look_up(record, "floors", "tfidf") == 1}
    if floors:
        yield f"TF-IDF has every test row of {', '.join(sorted(floors))} right, so that nothing can be above it there."


def _small(inputs: Inputs) -> list[str]:
    rows = {cell_parts(name)[1]: look_up(record, "test_rows") for name, record in inputs.cells.items() if record}
    return [f"{target} {count:,}" for target, count in rows.items() if count and count < FEW_ROWS]


def _of_any_study() -> Iterator[str]:
    yield (
        "An interval is over new seeds and new test rows of one split of one corpus; it says nothing of other corpora. The interval of the "
        "answer, over targets, takes them as drawn at random, which targets that somebody chose are not."
    )
    yield "Intervals are unadjusted for their number; verdicts are adjusted."
    yield "What an encoder has read in pretraining cannot be listed, so that test rows may be among it."
