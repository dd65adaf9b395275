"""The question, the answer in a sentence, and the numbers that a reader looks for first."""

from pipeline.reporting.lines import cell_parts
from pipeline.reporting.page.answer import answer, counts, entries
from pipeline.reporting.page.blocks import Block, Fact, Facts, Paragraph, Section
from pipeline.reporting.page.inputs import Inputs
from pipeline.reporting.text import look_up, one_line

QUESTION = (
    "Before a language model is fine-tuned on a small target task it can first be trained on a larger, related intermediate "
    "task. This study measures what that detour is worth: each model is fine-tuned on each target from its pretrained "
    "weights (F) and from an intermediate checkpoint (IF), with the same seeds, settings and test rows; the gain is the "
    "accuracy of IF minus that of F."
)


def question(inputs: Inputs) -> Section:
    """The first section."""
    blocks: list[Block] = [Paragraph(answer(inputs.gains), "answer")]
    if said := one_line(inputs.note):
        blocks.append(Paragraph(said, "note"))
    if provisional := _provisional(inputs):
        blocks.append(Paragraph(provisional))
    if collapsed := _collapsed(inputs):
        blocks.append(Paragraph(collapsed))
    return Section("answer", "Is the detour worth it?", (Paragraph(QUESTION), *blocks, _facts(inputs)), "Answer")


def _provisional(inputs: Inputs) -> str:
    found = [entry for entry in entries(inputs.gains) if look_up(entry, "provisional")]
    if not found:
        return ""
    seeds = sorted({str(look_up(entry, "seeds")) for entry in found})
    every = "Every verdict is" if len(found) == len(entries(inputs.gains)) else f"{len(found)} verdicts are"
    return (
        f"{every} provisional: with {' or '.join(seeds)} fine-tuning seed{'' if seeds == ['1'] else 's'} a gain can at most be "
        "inconclusive, since too little is known of how it varies with the seed; from 3 seeds on verdicts are final."
    )


def _collapsed(inputs: Inputs) -> str:
    count = sum(bool(look_up(record, "collapsed")) for record in inputs.cells.values())
    if not count:
        return ""
    return (
        f"In {count} of {inputs.measured} cells a run predicts one class only, so that it has learnt nothing; a gain between two such "
        "cells is none by construction and pulls the mean towards none."
    )


def _facts(inputs: Inputs) -> Facts:
    words = counts(inputs.gains)
    models = {cell_parts(name)[3] for name in inputs.cells}
    return Facts(
        (
            Fact(f"{inputs.measured} of {len(inputs.cells)}", "cells measured"),
            Fact(str(len(inputs.targets)), "targets"),
            Fact(str(len(models)), "models"),
            *(Fact(str(count), name) for name, count in words.items() if count or name != "not comparable"),
        )
    )
