"""Pinning refuses a file that has no blocks; the hub is asked in tests/study/test_paper.py."""

from pathlib import Path

import pytest

from pipeline.errors import InputError
from tui.runs.pins import pin_file


@pytest.mark.parametrize("text", ["", "- a\n"])
def test_a_file_without_blocks_is_one_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "nothing.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=r"nothing\.yaml holds no blocks"):
        pin_file(path)
    assert path.read_text() == text
