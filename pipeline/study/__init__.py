"""The typed view of params.yaml.

`load_study` reads the file as DVC does, checks every key by type and every reference between blocks, and returns a frozen
`Study`. A fault raises `InputError`: one sentence with the file, the key, the value and the mend. Nothing here reads corpora,
models or git, so the terminal app may import it.
"""

from pipeline.study.base import TASKS, UNPINNED
from pipeline.study.blocks import PRETRAINED, Cell, Start, Study
from pipeline.study.corpora import (
    Annotations,
    ByHand,
    Companion,
    Corpus,
    Fields,
    HubData,
    Listing,
    NamePairs,
    SourceFile,
    Split,
)
from pipeline.study.encoders import Encoder, Hub, Local
from pipeline.study.reading import load_study, parse_yaml, read_yaml, study_from
from pipeline.study.sites import Crawl, Extract, Site
from pipeline.study.translation import MarianModel, Translation

__all__ = [
    "PRETRAINED",
    "TASKS",
    "UNPINNED",
    "Annotations",
    "ByHand",
    "Cell",
    "Companion",
    "Corpus",
    "Crawl",
    "Encoder",
    "Extract",
    "Fields",
    "Hub",
    "HubData",
    "Listing",
    "Local",
    "MarianModel",
    "NamePairs",
    "Site",
    "SourceFile",
    "Split",
    "Start",
    "Study",
    "Translation",
    "load_study",
    "parse_yaml",
    "read_yaml",
    "study_from",
]
