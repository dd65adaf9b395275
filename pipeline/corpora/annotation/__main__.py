"""Answers about labels by hand, as JSON on standard output; run in the root of a working tree.

    python -m pipeline.corpora.annotation begin CORPUS [--sample N] [--seed N] [--scheme NAME] ...
    python -m pipeline.corpora.annotation texts CORPUS
    python -m pipeline.corpora.annotation agreement CORPUS [--between A --between B] [--partial]
    python -m pipeline.corpora.annotation export CORPUS [--between A --between B] [--partial] [--alone]

`detour annotate` asks these in a process of their own, so that the app loads neither pyarrow nor scikit-learn. A fault of input
is one sentence on standard error and exit status 2.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipeline.checkout import main_checkout
from pipeline.corpora.annotation.labels import ADJUDICATED, LabelFile, locked
from pipeline.corpora.annotation.pairing import Compared, choose_two, compare, refuse_unfinished
from pipeline.corpora.annotation.scheme import Scheme, read_scheme
from pipeline.corpora.annotation.session import Session, annotators, read_session
from pipeline.errors import InputError

LOCK = Path(".detour/locks/annotations")
ROOT = Path()


def main() -> None:
    """Answer, and exit."""
    arguments = _parser().parse_args()
    try:
        answer = {"begin": _begin, "texts": _texts, "agreement": _agreement, "export": _export}[arguments.verb](
            arguments
        )
    except InputError as error:
        said = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in str(error))
        print(f"error: {said}", file=sys.stderr)
        raise SystemExit(2) from None
    print(json.dumps(answer, allow_nan=False))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pipeline.corpora.annotation")
    parser.add_argument("verb", choices=["begin", "texts", "agreement", "export"])
    parser.add_argument("corpus")
    for name in ("--scheme", "--language", "--from", "--text", "--pair"):
        parser.add_argument(name)
    for name in ("--sample", "--seed"):
        parser.add_argument(name, type=int)
    for name in ("--id", "--between"):
        parser.add_argument(name, action="append", default=[])
    for name in ("--partial", "--alone"):
        parser.add_argument(name, action="store_true")
    return parser


def _begin(asked: argparse.Namespace) -> Mapping[str, Any]:
    from pipeline.corpora.annotation.texts import Wish, begin

    path = getattr(asked, "from")
    file = {"path": path, "text": asked.text or "text", "pair": asked.pair, "id": asked.id or None} if path else None
    with locked(main_checkout() / LOCK):
        session, said = begin(asked.corpus, Wish(asked.scheme, asked.sample, asked.seed, asked.language, file))
    return {
        "corpus": session.corpus,
        "scheme": session.scheme,
        "seed": session.seed,
        "texts": len(session.items),
        "said": said,
    }


def _texts(asked: argparse.Namespace) -> Mapping[str, Any]:
    from pipeline.corpora.annotation.texts import find_texts

    texts, gone = find_texts(read_session(ROOT, asked.corpus))
    return {"texts": [asdict(text) for text in texts], "gone": gone}


def _agreement(asked: argparse.Namespace) -> Mapping[str, Any]:
    from pipeline.corpora.annotation.agreement import agreement

    session, scheme = _session(asked.corpus)
    names, rows = _two(asked, session, scheme)
    found = agreement([row.labels for row in rows if row.labels], scheme.names)
    states = [row.state for row in rows]
    skipped = [sum(given is not None and not given.label for given in side) for side in zip(*_sides(rows), strict=True)]
    return {
        "corpus": session.corpus, "scheme": scheme.name, "annotators": names, "labels": scheme.names, **asdict(found),
        "of": len(rows), "agreed": states.count("agreed"), "differ": states.count("differ"), "waiting": states.count("waiting"),
        "skipped": skipped,
    }  # fmt: skip


def _sides(rows: list[Compared]) -> list[tuple[Any, Any]]:
    return [(row.first, row.second) for row in rows]


def _export(asked: argparse.Namespace) -> Mapping[str, Any]:
    from pipeline.corpora.annotation.export import alone, block_of, decided, export
    from pipeline.corpora.annotation.texts import find_texts

    session, scheme = _session(asked.corpus)
    found = annotators(ROOT, session.corpus)
    adjudicated = _file(session, scheme, ADJUDICATED).rows
    if asked.alone:
        name = _alone(session.corpus, found, asked.between)
        rows = list(alone(session, name, _file(session, scheme, name).rows))
    else:
        rows = list(decided(_two(asked, session, scheme, open_too=True)[1], adjudicated))
    gone = find_texts(session)[1]
    told = export(ROOT, session, rows, gone, asked.partial)
    return {**asdict(told), "alone": [name] if asked.alone else [], "block": block_of(session, told)}


def _alone(corpus: str, found: list[str], named: list[str]) -> str:
    chosen = named or found
    if len(chosen) != 1 or chosen[0] not in found:
        raise InputError(
            f"--alone takes one annotator's labels of {corpus}; name one of {', '.join(found) or 'none'} with --between."
        )
    return chosen[0]


def _session(corpus: str) -> tuple[Session, Scheme]:
    session = read_session(ROOT, corpus)
    return session, read_scheme(ROOT, session.scheme)


def _file(session: Session, scheme: Scheme, name: str) -> LabelFile:
    return LabelFile(ROOT, session, scheme, name, main_checkout() / LOCK)


def _two(
    asked: argparse.Namespace, session: Session, scheme: Scheme, open_too: bool = False
) -> tuple[tuple[str, str], list[Compared]]:
    """The two annotators and their texts; refused while one has texts to go, unless that is asked for or told later."""
    names = choose_two(session.corpus, annotators(ROOT, session.corpus), asked.between)
    first, second = (_file(session, scheme, name).rows for name in names)
    rows = compare(session, first, second)
    if not asked.partial and not open_too:
        refuse_unfinished(session.corpus, names, rows)
    return names, rows


if __name__ == "__main__":
    main()
