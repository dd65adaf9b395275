"""`detour annotate`: label texts by hand, compare two annotators, adjudicate, export; in the app or without it."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.errors import InputError
from tui.checkout import Checkout, find_checkout

if TYPE_CHECKING:
    from tui.annotating.sessions import Standing

WHAT = ("label", "status", "agreement", "adjudicate", "export")


def annotate(
    corpus: Annotated[str | None, typer.Argument(help="A corpus; all that are being labelled without one.")] = None,
    what: Annotated[str, typer.Argument(metavar="[WHAT]", help=f"One of {', '.join(WHAT)}.")] = "label",
    annotator: Annotated[
        str | None, typer.Option("--annotator", "-a", help="Your name; git's user.name where absent.")
    ] = None,
    sample: Annotated[
        int | None, typer.Option("--sample", min=1, help="How many texts; a larger number adds some.")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Of the order in which texts are drawn.")] = None,
    scheme: Annotated[str | None, typer.Option("--scheme", help="A scheme of annotations/schemes.")] = None,
    language: Annotated[
        str | None, typer.Option("--language", help="Only rows of the corpus in this language.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--from", help="A file of texts in the place of the collected corpus.")
    ] = None,
    text: Annotated[str | None, typer.Option("--text", help="The file's column of texts; `text` where absent.")] = None,
    pair: Annotated[str | None, typer.Option("--pair", help="The file's column of second texts.")] = None,
    id: Annotated[
        list[str] | None, typer.Option("--id", help="Columns that name a row; its line where absent.")
    ] = None,
    give: Annotated[
        list[str] | None,
        typer.Option("--give", metavar="ID=LABEL", help="Give a label without the app; no label skips."),
    ] = None,
    note: Annotated[str, typer.Option("--note", help="A note beside what --give gives.")] = "",
    between: Annotated[
        list[str] | None, typer.Option("--between", help="Two annotators, where there are more.")
    ] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Take what both have looked at, or leave out the rest.")
    ] = False,
    alone: Annotated[bool, typer.Option("--alone", help="Export one annotator's labels as they are.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Label the texts of a corpus by hand, one key a label, blind to other annotators.

    WHAT: label (the default) opens the app; status tells how far annotators are; agreement prints Cohen's kappa and the
    confusion matrix; adjudicate decides where two differ; export writes the labels for the corpus.
    """
    from tui.annotating.who import annotator as named

    if what not in WHAT:
        from pipeline.study.words import choose

        raise InputError(f"There is no '{what}' of labels; {choose(what, WHAT)}")
    if give and what not in ("label", "adjudicate"):
        raise InputError(f"--give gives labels, and {what} takes none; leave it out.")
    checkout = find_checkout()
    if corpus is None or what == "status":
        _status(checkout, corpus, as_json)
        return
    pairing = [f"--between={name}" for name in between or []] + (["--partial"] if partial else [])
    if what == "agreement":
        _agreement(checkout, corpus, pairing, as_json)
    elif what == "export":
        _export(checkout, corpus, [*pairing, *(["--alone"] if alone else [])], as_json)
    elif what == "adjudicate":
        _adjudicate(checkout, corpus, named(checkout, annotator), between or [], partial, give, note, as_json)
    else:
        place = str(file.resolve()) if file else None
        wish = {
            "sample": sample,
            "seed": seed,
            "scheme": scheme,
            "language": language,
            "from": place,
            "text": text,
            "pair": pair,
        }
        if file is None and (text or pair or id):
            raise InputError("--text, --pair and --id are columns of a file; name it with --from.")
        words = [f"--{key}={value}" for key, value in wish.items() if value is not None] + [
            f"--id={name}" for name in id or []
        ]
        _label(checkout, corpus, named(checkout, annotator), words, give, note, as_json)


def _status(checkout: Checkout, corpus: str | None, as_json: bool) -> None:
    from pipeline.corpora.annotation.session import read_session
    from tui.annotating.sessions import read_standing, read_standings
    from tui.output import console, emit_json, plain, say, table

    if corpus is not None:
        read_session(checkout.here, corpus)  # For its sentence where there is none.
    found = [read_standing(checkout, corpus)] if corpus is not None else read_standings(checkout, [])
    if as_json:
        emit_json({"corpora": [_as_mapping(one) for one in found]})
        return
    if not found:
        say("Nobody has begun to label a corpus; `detour annotate CORPUS --sample 30` begins.")
        return
    shown = table("corpus", "scheme", "annotator", "labelled", "skipped", "left", right=("labelled", "skipped", "left"))
    for one in found:
        for name, progress in one.annotators.items():
            numbers = (f"{progress.labelled}/{one.texts}", str(progress.skipped), str(progress.left))
            shown.add_row(*map(plain, (one.corpus, one.scheme, name, *numbers)))
    console().print(shown)
    for one in found:
        for line in _standing_lines(one):
            say(line)


def _standing_lines(one: "Standing") -> list[str]:
    told = [f"(!) {fault}" for fault in one.faults]
    if one.differ is not None:
        told.append(f"{one.corpus}: of {one.texts} texts {one.differ} differ, of which {one.adjudicated} adjudicated.")
    elif not one.faults:
        told.append(f"{one.corpus}: agreement and adjudication wait: {one.others}.")
    return told


def _as_mapping(one: "Standing") -> dict[str, Any]:
    progress = {name: vars(of) for name, of in one.annotators.items()}
    return {**vars(one), "annotators": progress}


def _agreement(checkout: Checkout, corpus: str, words: Sequence[str], as_json: bool) -> None:
    from tui.annotating.agreement_text import kappa_sentence, matrix_lines, often_sentence, rest_sentence
    from tui.annotating.answers import ask
    from tui.annotating.sessions import read_both, read_standing
    from tui.output import console, emit_json, say

    answer = ask(checkout.here, ["agreement", corpus, *words])
    if as_json:
        emit_json(answer)
        return
    say(f"{corpus}: {kappa_sentence(answer)}")
    say(rest_sentence(answer, read_standing(checkout, corpus).adjudicated))
    if often := often_sentence(answer):
        say(often)
    say("")
    keys = {label.name: label.key for label in read_both(checkout, corpus)[1].labels}
    for line in matrix_lines(answer, keys):
        console().print(line, soft_wrap=True)


def _export(checkout: Checkout, corpus: str, words: Sequence[str], as_json: bool) -> None:
    from tui.annotating.answers import ask
    from tui.annotating.export_text import export_lines
    from tui.output import emit_json, say

    answer = ask(checkout.here, ["export", corpus, *words])
    if as_json:
        emit_json(answer)
        return
    for line in export_lines(corpus, answer):
        say(line)


def _label(
    checkout: Checkout,
    corpus: str,
    name: str,
    words: Sequence[str],
    give: Sequence[str] | None,
    note: str,
    as_json: bool,
) -> None:
    from pipeline.corpora.annotation.session import session_path
    from tui.annotating.answers import ask
    from tui.annotating.opening import open_labelling, open_without_texts
    from tui.output import emit_json, say

    if words or not session_path(checkout.here, corpus).exists():
        begun = ask(checkout.here, ["begin", corpus, *words])
        for line in [] if as_json else begun["said"]:
            say(line)
    if give:
        _give(open_without_texts(checkout, corpus, name), give, note)
    if as_json:
        opened = open_labelling(checkout, corpus, name)
        emit_json({"corpus": corpus, "annotator": name, "gone": opened.gone, "texts": _texts(opened.labelling)})
    elif not give:
        _open(checkout, corpus, name, "label")


def _adjudicate(
    checkout: Checkout,
    corpus: str,
    name: str,
    between: Sequence[str],
    partial: bool,
    give: Sequence[str] | None,
    note: str,
    as_json: bool,
) -> None:
    from tui.annotating.opening import open_adjudication
    from tui.output import emit_json

    if not give and not as_json:
        _open(checkout, corpus, name, "adjudicate", tuple(between), partial)
        return
    opened = open_adjudication(checkout, corpus, name, between, partial)
    if give:
        _give(opened.labelling, give, note)
    if as_json:
        emit_json(
            {"corpus": corpus, "annotators": opened.annotators, "gone": opened.gone, "texts": _texts(opened.labelling)}
        )


def _texts(labelling: Any) -> Sequence[Mapping[str, Any]]:
    told = []
    for text in labelling.texts:
        given, sides = labelling.file.rows.get(text.id), labelling.sides.get(text.id)
        row = {**vars(text), "label": given.label if given else None, "note": given.note if given else ""}
        if sides is not None:
            row["given"] = [vars(side) if side else None for side in (sides.first, sides.second)]
        told.append(row)
    return told


def _give(labelling: Any, pairs: Sequence[str], note: str) -> None:
    """Give every label or, where one of them cannot be given, none."""
    texts = {text.id for text in labelling.texts}
    wanted = []
    for pair in pairs:
        id, equals, label = pair.rpartition("=")
        if not equals:
            raise InputError(
                f"--give {pair} says no label; give ID=LABEL, or {pair}= to skip the text, and none was given."
            )
        if id not in texts:
            raise InputError(
                f"--give {pair}: '{id}' is no text that can be labelled here; --json lists their ids, and none was given."
            )
        if label and label not in labelling.scheme.names:
            raise InputError(
                f"--give {pair}: '{label}' is not in the scheme {labelling.scheme.name}, so that none was given; "
                f"{labelling.scheme.near(label)}"
            )
        wanted.append((id, label))
    for id, label in wanted:
        labelling.go_to(id)
        if labelling.is_settled:
            raise InputError(
                f"'{id}' was adjudicated, so its labels stay; `detour annotate CORPUS adjudicate` changes what was decided."
            )
        if label:
            labelling.give(label)
        else:
            labelling.clear()
            labelling.skip()
        labelling.go_to(id)
        if note:
            labelling.note(note)


def _open(
    checkout: Checkout, corpus: str, name: str, what: str, between: tuple[str, ...] = (), partial: bool = False
) -> None:
    from tui.annotating.asked import Asked
    from tui.annotating.sessions import read_both

    read_both(checkout, corpus)  # A fault is told here rather than on a screen.
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InputError(
            f"To {what} by keys takes a terminal; without one, --json lists the texts and --give ID=LABEL gives a label."
        )
    from tui.app import open_app

    raise typer.Exit(open_app(Asked(corpus, name, what == "adjudicate", between, partial)))
