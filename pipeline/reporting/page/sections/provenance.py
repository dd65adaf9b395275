"""From what this page was made, so that anyone can make it again and see whether it is the same."""

import platform
from importlib import metadata

from pipeline.reporting.page.blocks import Command, Datum, Heading, Paragraph, Section, grid
from pipeline.reporting.page.costs import hardware
from pipeline.reporting.page.digests import Digest
from pipeline.reporting.page.inputs import Inputs
from pipeline.reporting.text import DASH

PACKAGES = ("torch", "transformers", "tokenizers", "numpy", "scikit-learn", "dvc")
COMMIT = "git log -1 --format=%H -- reports/index.html"
AGAIN = "dvc repro page"


def provenance(inputs: Inputs, digests: tuple[Digest, ...]) -> Section:
    """The section.

    Args:
        inputs: for the hardware.
        digests: of everything that the page was made from.
    """
    told = (
        "This page is a pure function of the files below; dvc.lock holds the same MD5 under its stage page, and by them the cells, "
        "corpora, parameters and code behind each. The commit is the one that holds this file; a page cannot name it, since "
        "it is a part of it."
    )
    rows = [[Datum(found.path), Datum(found.md5), Datum(f"{found.files:,}", found.files)] for found in digests]
    inputs_grid = grid("What the page was made from", ["path", "MD5, as in dvc.lock", "files"], rows, words=2)
    versions = [[Datum("python"), Datum(platform.python_version())]]
    versions += [[Datum(name), Datum(_version(name))] for name in PACKAGES]
    blocks = (
        Paragraph(told),
        inputs_grid,
        Heading("Its commit, and the page again"),
        Command(COMMIT),
        Command(AGAIN),
        grid("Versions that drew the page", ["package", "version"], versions, words=2),
        Paragraph(f"Trained on: {'; '.join(hardware(inputs)) or 'no timing is there'}."),
    )
    return Section("provenance", "Provenance", blocks)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return DASH
