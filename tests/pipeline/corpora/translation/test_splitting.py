"""Long texts in pieces: nothing is lost, every piece fits, cuts fall where a reader would cut."""

from hypothesis import given
from hypothesis import strategies as st

from pipeline.corpora.translation.services import Google
from pipeline.corpora.translation.splitting import fold, join, sentences, split

TEXT = st.text(alphabet=st.sampled_from("ab  .!?,;é。，！中文\u200d)»"), max_size=200)


@given(TEXT, st.integers(1, 30))
def test_every_piece_fits_and_no_character_is_lost(text: str, longest: int) -> None:
    pieces = split(fold(text), lambda piece: len(piece) <= longest)
    assert all(0 < len(piece) <= longest for piece in pieces)
    assert "".join(pieces).replace(" ", "") == "".join(text.split())


@given(TEXT)
def test_a_text_that_fits_is_one_piece(text: str) -> None:
    assert split(fold(text), lambda _: True) == ([fold(text)] if fold(text) else [])


def test_pieces_end_with_sentences_then_clauses_then_words() -> None:
    def fits(piece: str) -> bool:
        return len(piece) <= 20

    assert split("One two. Three (four.) Five six seven!", fits) == ["One two.", "Three (four.)", "Five six seven!"]
    assert split("One two three four, five six seven", fits) == ["One two three four,", "five six seven"]
    assert split("abcdefghijklm nopqrstuvwxyz", fits) == ["abcdefghijklm", "nopqrstuvwxyz"]
    assert split("3.5 of 10. " + "x" * 25, fits) == ["3.5 of 10.", "x" * 20, "x" * 5]


def test_east_asian_sentences_end_without_a_space() -> None:
    assert sentences("今天很好。「真的吗？」是的！ok") == ["今天很好。", "「真的吗？」", "是的！", "ok"]
    assert join(["今天。", "是的"], "zh-CN") == "今天。是的"
    assert join(["Today.", "Yes"], "en") == "Today. Yes"


def test_google_takes_4999_latin_letters_and_fewer_chinese_ones() -> None:
    google = Google("http://localhost", 1, 4999)
    assert google.fits("a" * 4999) and not google.fits("a" * 5000)
    assert google.fits("中" * 1777) and not google.fits("中" * 1800)
    assert [len(piece) for piece in split("中" * 4000, google.fits)] == [1777, 1777, 446]
