"""New files beside the study, and pictures of the screen."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from tui.sharing.files import file_stem, write_new
from tui.sharing.picture import picture


class TestFiles:
    def test_a_file_is_never_written_over(self, tmp_path: Path) -> None:
        (tmp_path / "main.md").write_text("mine")
        assert write_new(tmp_path, "main", "md", "table").name == "main-2.md"
        assert write_new(tmp_path, "main", "md", "table").name == "main-3.md"
        assert (tmp_path / "main.md").read_text() == "mine"

    @given(st.text())
    def test_a_name_stays_in_the_folder(self, name: str) -> None:
        stem = file_stem(name)
        assert Path(stem).name == stem
        assert not stem.startswith((".", "-"))
        assert 0 < len(stem) <= 80

    def test_a_folder_that_is_gone_is_a_sentence(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match=r"cannot be written .*; start the app in another folder\.$"):
            write_new(tmp_path / "gone", "main", "md", "x")


class TestPictures:
    SVG = '<svg xmlns="http://www.w3.org/2000/svg"><style>src: local("F"), url("https://x/y.woff") format("woff");</style></svg>'

    @given(st.text())
    def test_any_description_leaves_it_whole(self, about: str) -> None:
        root = ElementTree.fromstring(picture(self.SVG, [about]))
        assert root[0].tag.endswith("desc")

    def test_nothing_is_loaded_from_elsewhere(self) -> None:
        assert "https://x" not in picture(self.SVG, [])

    def test_characters_that_xml_forbids_are_left_out(self) -> None:
        assert ElementTree.fromstring(picture(self.SVG.replace("local", "\x1b[31mlocal\x00"), [])) is not None
