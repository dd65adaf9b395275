"""Data sets of the Hugging Face hub as tables of text: Parquet files of one commit, never code.

Which files hold a split is read from the data set's card (`configs` in the front matter of README.md) or, where the card
does not say it, from the names that the hub gives such files (`CONFIG/SPLIT-00000-of-00001.parquet`). The rows of a split
stand in the order of its files by name. A whole number in a column of class labels becomes the label's name where the
file or the card tells it, and stays a number where neither does; a list of exactly one label becomes that label.

Importing this module imports neither huggingface_hub nor datasets, and asks for nothing.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.corpora.readers import Part, RawTable, read_raw
from pipeline.errors import InputError
from pipeline.hub import HubFile, Repository, download
from pipeline.study import HubData

CARD = "README.md"


@dataclass(frozen=True)
class HubTables:
    """The splits of a source and the files that they were read from."""

    splits: tuple[Part, ...]
    files: tuple[HubFile, ...]


def read_hub(place: str, hub: HubData, wanted: Mapping[str, str]) -> HubTables:
    """Fetch the splits of a data set and read their wanted columns.

    Args:
        place: The key of params.yaml that declares the source, as `corpora.imdb.source.0`.
        hub: What is asked for.
        wanted: Column name to the key of params.yaml that asks for it.

    Raises:
        InputError: The data set cannot be had as asked, or has no such configuration, split or column.
    """
    repository = Repository("dataset", hub.id, hub.revision, f"{place}.hub")
    card, path = _card(repository)
    chosen: dict[str, list[str]] = {}

    def choose(names: list[str]) -> list[str]:
        chosen.update(_files_of_splits(repository, hub, card, names))
        return [name for split in hub.split for name in chosen[split]]

    files = download(repository, choose)
    names = _names_of_card(path, hub.config)
    splits = tuple(
        _read_split(hub, split, [files[name] for name in chosen[split]], names, wanted) for split in hub.split
    )
    return HubTables(splits, tuple(files.values()))


def _read_split(
    hub: HubData,
    split: str,
    files: Sequence[HubFile],
    names_of_card: Mapping[str, list[str]],
    wanted: Mapping[str, str],
) -> Part:
    columns: dict[str, list[str]] = {column: [] for column in wanted}
    for file in files:
        data = file.path.read_bytes()
        table = read_raw(f"{hub.id}/{file.name}", data, wanted)
        names = {**names_of_card, **_names_of_file(data)}
        for column, values in table.columns.items():
            known = names.get(column)
            columns[column] += [_named(value, known) for value in values] if known else values
    rows = len(next(iter(columns.values())))
    stem = "-".join(word for word in (hub.id.split("/")[-1], hub.config, split) if word)
    return Part(f"{hub.id}, {split}", stem, RawTable("row", list(range(1, rows + 1)), columns))


# Which files


def _card(repository: Repository) -> tuple[dict[str, Any], Path | None]:
    """The front matter of the data set's README.md, empty where there is none, and the file."""
    found = download(repository, lambda names: [name for name in names if name == CARD])
    if CARD not in found:
        return {}, None
    from huggingface_hub import metadata_load
    from yaml import YAMLError

    try:
        return metadata_load(found[CARD].path) or {}, found[CARD].path
    except (ValueError, YAMLError) as error:
        problem = " ".join(str(error).split())[:200]
        raise InputError(
            f"{repository.what} has a card that cannot be read ({problem}); take a commit of {repository.page}/commits "
            "whose README.md is valid."
        ) from None


def _files_of_splits(
    repository: Repository, hub: HubData, card: Mapping[str, Any], names: Sequence[str]
) -> dict[str, list[str]]:
    """The Parquet files of each wanted split, by name."""
    present = _splits_of_card(repository, hub, card, names) or _splits_by_name(repository, hub, names)
    if not any(present.values()):
        script = next((name for name in names if name.endswith(".py")), None)
        brings = f"a script to load it ({script}), which is never run, and " if script else ""
        raise InputError(
            f"{repository.what} has {brings}no Parquet files that could be read; take a commit of "
            f"{repository.page}/tree/refs%2Fconvert%2Fparquet, or place the files under data/."
        )
    for split in hub.split:
        if not present.get(split):
            known = ", ".join(sorted(name for name, files in present.items() if files))
            raise InputError(f"{repository.what} has no split '{split}'; correct split ({known}).")
    return {split: sorted(present[split]) for split in hub.split}


def _splits_of_card(
    repository: Repository, hub: HubData, card: Mapping[str, Any], names: Sequence[str]
) -> dict[str, list[str]]:
    """Parquet files by split, as the card's `configs` say; empty where it has none."""
    configs = [entry for entry in card.get("configs") or [] if isinstance(entry, dict) and "data_files" in entry]
    if not configs:
        return {}
    by_name = {str(entry.get("config_name", "default")): entry for entry in configs}
    name = hub.config or _only_config(repository, by_name)
    if name not in by_name:
        raise InputError(f"{repository.what} has no configuration '{name}'; correct config ({', '.join(by_name)}).")
    return {
        split: [file for file in names if file.endswith(".parquet") and _matches(file, patterns)]
        for split, patterns in _patterns(by_name[name]["data_files"]).items()
    }


def _only_config(repository: Repository, configs: Mapping[str, Mapping[str, Any]]) -> str:
    preferred = [name for name, entry in configs.items() if entry.get("default")] or list(configs)
    if len(preferred) > 1:
        raise InputError(f"{repository.what} has several configurations; say one under config ({', '.join(configs)}).")
    return preferred[0]


def _patterns(data_files: Any) -> dict[str, list[str]]:
    """Split to globs, from any of the forms that a card may have; files without a split are `train`."""
    if isinstance(data_files, dict):
        data_files = [{"split": split, "path": path} for split, path in data_files.items()]
    entries = data_files if isinstance(data_files, list) else [data_files]
    patterns: dict[str, list[str]] = {}
    for entry in entries:
        split, path = (
            (str(entry.get("split", "train")), entry.get("path")) if isinstance(entry, dict) else ("train", entry)
        )
        patterns.setdefault(split, []).extend(map(str, path if isinstance(path, list) else [path]))
    return patterns


def _matches(name: str, patterns: Sequence[str]) -> bool:
    from fsspec.utils import glob_translate

    return any(re.fullmatch(glob_translate(pattern), name) for pattern in patterns)


def _splits_by_name(repository: Repository, hub: HubData, names: Sequence[str]) -> dict[str, list[str]]:
    """Parquet files by split, where folders are configurations and names begin with the split."""
    found: dict[str, dict[str, list[str]]] = {}
    for name in names:
        match = re.fullmatch(
            r"(?:(?P<config>.+)/)?(?P<split>[A-Za-z_]\w*?)(?:-\d{5}-of-\d{5}\b.*|/\d{4,})?\.parquet", name
        )
        if match:
            config = match["config"] if match["config"] not in (None, "data") else "default"
            found.setdefault(config, {}).setdefault(match["split"], []).append(name)
    if not found:
        return {}
    config = hub.config or _only_config(repository, {name: {} for name in found})
    if config not in found:
        raise InputError(f"{repository.what} has no configuration '{config}'; correct config ({', '.join(found)}).")
    return found[config]


# Names of class labels


def _named(value: str, names: Sequence[str]) -> str:
    """The name of a label written as its number, or of the one label of a list; anything else as it is."""
    if value.isdecimal():
        return names[int(value)] if int(value) < len(names) else value
    if not value.startswith("["):
        return value
    several = [_named(str(item), names) for item in json.loads(value)]
    return several[0] if len(several) == 1 else json.dumps(several, ensure_ascii=False)


def _names_of_file(data: bytes) -> dict[str, list[str]]:
    """Label names by column from the features that datasets writes into a Parquet file's metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from datasets import Features

    try:
        return _label_names(Features.from_arrow_schema(pq.read_schema(pa.BufferReader(data))))
    except (ValueError, TypeError, KeyError, AttributeError):
        # The metadata is none of datasets': the columns say enough, and a card may tell the names.
        return {}


def _names_of_card(card: Path | None, config: str | None) -> dict[str, list[str]]:
    """Label names by column from the `dataset_info` of a card."""
    from datasets.info import DatasetInfosDict

    if card is None:
        return {}
    infos = DatasetInfosDict.from_directory(str(card.parent))
    info = infos.get(config) if config in infos else next(iter(infos.values()), None)
    return _label_names(info.features or {}) if info is not None else {}


def _label_names(features: Mapping[str, Any]) -> dict[str, list[str]]:
    return {column: names for column, feature in features.items() if (names := _class_names(feature))}


def _class_names(feature: Any) -> list[str]:
    """The names of a class label, or of the class labels inside a list."""
    return list(getattr(feature, "names", None) or []) or (
        _class_names(feature.feature) if hasattr(feature, "feature") else []
    )
