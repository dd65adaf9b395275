"""An export in words, for the screen and for `detour annotate CORPUS export`."""

from collections.abc import Mapping
from typing import Any


def export_lines(corpus: str, answer: Mapping[str, Any]) -> list[str]:
    """What an export wrote, what it left out, and what params.yaml says or has to say."""
    origins = {"agreed", "adjudicated", *answer["alone"]}
    kept = {why: count for why, count in answer["counts"].items() if why in origins}
    left = {why: count for why, count in answer["counts"].items() if why not in origins}
    count = sum(kept.values())
    told = [f"{answer['path']}: {count} label{'' if count == 1 else 's'} ({_counted(kept)})."]
    if left:
        told.append(f"Left out: {_counted(left)}.")
    places = ", ".join(answer["places"])
    if places:
        return [*told, f"params.yaml has its sha256 under {places}; commit it and annotations/ before a run."]
    return [*told, "", *_how_to_name_it(corpus, answer["block"])]


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {why}" for why, count in counts.items())


def _how_to_name_it(corpus: str, block: str) -> list[str]:
    if block.startswith("annotations"):
        where = f"Under corpora.{corpus}.source, beside the path of each file that was labelled"
        then = "Other rows keep the file's own label; with `rest: drop` and without fields.label they are left out."
    else:
        where = "A corpus of it has, under source"
        then = "Rows without a label by hand are left out. A file outside the tree needs its sha256 as well."
    return [f"params.yaml does not name the file yet. {where}:", "", f"  {block}", "", then]
