"""Command: `python -m pipeline.corpora.sample FOLDER [--effect E]`."""

import argparse
from pathlib import Path

from pipeline.corpora.sample.bundle import write_sample
from pipeline.corpora.sample.planted import EFFECT


def main() -> None:
    """Write the sample into the folder that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.corpora.sample", description="Write the bundled sample.")
    parser.add_argument("folder", type=Path, help="where to write; existing files of the same names are replaced")
    parser.add_argument(
        "--effect", type=float, default=EFFECT, help="planted gain and loss in accuracy (default %(default)s)"
    )
    arguments = parser.parse_args()
    if not 0 <= arguments.effect <= 0.5:
        parser.error(f"--effect is {arguments.effect}; give a number from 0 to 0.5.")
    write_sample(arguments.folder, arguments.effect)


if __name__ == "__main__":
    main()
