"""What the labelling screen says: where one stands, both labels in adjudication, what a key did, the text itself."""

from collections.abc import Mapping

from rich.text import Text

from tui.annotating.labelling import Change, Labelling
from tui.annotating.opening import Opened
from tui.output import plain


def status_line(corpus: str, opened: Opened, labelling: Labelling) -> Text:
    """Where one stands, how far one is, under which name."""
    labelled, skipped = labelling.count()
    told = [f"{corpus}  text {labelling.at + 1} of {len(labelling.texts)}"]
    if labelling.adjudicates:
        told.append(f"{labelled} decided" + (f", {skipped} left out" if skipped else ""))
    else:
        told.append(f"{labelled}/{len(labelling.texts)} labelled" + (f", {skipped} skipped" if skipped else ""))
    told.append(f"by {labelling.by}" if labelling.adjudicates else f"as {opened.annotators[0]}")
    if labelling.text.language:
        told.append(labelling.text.language)
    line = plain("  ".join(told))
    line.no_wrap, line.overflow = True, "ellipsis"
    return line.append_text(plain(_state(labelling), "not bold"))


def _state(labelling: Labelling) -> str:
    if labelling.is_settled:
        return "  adjudicated: it stays"
    given = labelling.given
    if given is None or given.label:
        return ""
    return "  left out" if labelling.adjudicates else "  skipped"


def both_sides(opened: Opened, labelling: Labelling) -> Text:
    """What two annotators gave to the text at hand, and its id; nothing outside adjudication."""
    compared = labelling.sides.get(labelling.text.id)
    if compared is None:
        return Text()
    room = max(map(len, opened.annotators))
    lines = []
    for name, given in zip(opened.annotators, (compared.first, compared.second), strict=True):
        label = given.label if given and given.label else "skipped"
        line = plain(f"{name:{room}s}  ").append_text(plain(label, "bold"))
        lines.append(line.append_text(plain(f"  note: {given.note}" if given and given.note else "", "not bold")))
    return Text("\n").join([*lines, plain(labelling.text.id, "dim")])


def told(change: Change, place: int, labelling: Labelling) -> str:
    """What a key did, in the past tense: the next text is on the screen already."""
    after: Mapping[str, str] = vars(change.after) if change.after else {}
    before: Mapping[str, str] = vars(change.before) if change.before else {}
    if change.after is None:
        return f"Text {place}: label and note taken away."
    if after["label"] == before.get("label", "") and after["note"] != before.get("note", ""):
        return f"Text {place}: note {'kept' if after['note'] else 'taken away'}."
    if not after["label"]:
        return f"Text {place}: {'left out' if labelling.adjudicates else 'skipped'}."
    was = f" (was {before['label']})" if before.get("label") and before["label"] != after["label"] else ""
    return f"Text {place}: {after['label']}{was}."


def as_it_stands(text: str, pair: str | None) -> Text:
    """A text as it stands: its lines apart, a tab as blanks, everything else that a terminal obeys made visible."""
    lines = [plain(line) for line in text.expandtabs(4).splitlines() or [""]]
    if pair is not None:
        lines += [
            Text(),
            plain("— and —", "dim"),
            Text(),
            *(plain(line) for line in pair.expandtabs(4).splitlines() or [""]),
        ]
    return Text("\n").join(lines)
