"""What cleaning removes, what it keeps, and which rows are duplicates."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.corpora.cleaning import Dropped, clean, cleaned, fold, is_blank
from pipeline.corpora.schema import Row
from pipeline.errors import InputError

# Letters that compose, joiners, marks of direction, escapes, tags and spaces, in all orders.
TRICKY = st.text(
    st.sampled_from("aK é<br/>\u0301\u200b\u200c\u200d\u202e\u212a\u037e\x1b[]0m\x07\x96\x00\n\u3000\u00ad😀"),
    max_size=24,
)


class TestClean:
    @pytest.mark.parametrize(
        ("raw", "tidy"),
        [
            ("e\u0301te\u0301", "été"),
            ("one<br />two<BR>three<br/><br/>four", "one two three four"),
            (" a\tb\n\r\nc\u00a0\u3000d ", "a b c d"),
            ("re\x1b[31md\x1b[0m \x1b]0;title\x07end \x1b]8;;http://x\x1b\\link", "red end link"),
            ("a\x00b\x08c\x7fd\x1b", "abcd"),
            ("wait\x96stop", "wait stop"),
            ("zero\u200bwidth\ufeff so\u00adft \u202eleft\u202c", "zerowidth soft left"),
            ("\u200dlone a\u200db joiner\u200c", "lone ab joiner"),
            ("<b>bold</b> 2 < 3", "<b>bold</b> 2 < 3"),
        ],
    )
    def test_cleaning(self, raw: str, tidy: str) -> None:
        assert clean(raw) == tidy

    @pytest.mark.parametrize("text", ["👩\u200d👩\u200d👧", "می\u200cخواهم", "क्\u200dष"])
    def test_joiners_stay_where_they_shape_a_script_or_an_emoji(self, text: str) -> None:
        assert clean(text) == text

    @given(st.one_of(TRICKY, st.text()))
    @example("<br<br>>")
    @example("e\u200d\u0301\u200dé")
    @example("é\u200d\u200b x")
    @example("é\u200d\u212a")
    def test_a_clean_text_stays_as_it_is(self, text: str) -> None:
        once = clean(text)
        assert clean(once) == once

    @given(st.one_of(TRICKY, st.text()))
    def test_a_clean_text_is_composed_folded_and_harmless(self, text: str) -> None:
        once = clean(text)
        assert unicodedata.is_normalized("NFC", once)
        assert once == " ".join(once.split())
        assert not any(unicodedata.category(character) == "Cc" for character in once)
        assert "<br>" not in once.lower() and "\u200b" not in once

    @given(st.text(st.characters(codec="ascii", min_codepoint=33, max_codepoint=126, exclude_characters="<")))
    def test_plain_words_are_not_touched(self, text: str) -> None:
        assert clean(text) == text

    @given(st.text("ab \u200b\n<br>\x00", max_size=12))
    def test_a_blank_text_is_one_that_cleans_to_nothing(self, text: str) -> None:
        assert is_blank(text) == (clean(text) == "")

    def test_a_text_that_begins_blank_is_not_blank(self) -> None:
        assert not is_blank(" " * 100 + "a")

    def test_folding_joins_what_differs_in_case_or_joiners(self) -> None:
        assert fold("Straße") == fold("STRASSE")
        assert fold("é\u200d\u200cè") == fold("ÉÈ")

    @given(st.text())
    def test_folding_knows_no_case(self, text: str) -> None:
        assert fold(clean(text.upper())) == fold(clean(text.upper().lower().upper()))


class TestDuplicates:
    def test_equal_texts_then_folded_ones_are_dropped_and_the_first_stays(self, row: Callable[..., Row]) -> None:
        texts = ["Win money", "hello", "Win money", "win  MONEY", "Win money\u200b"]
        rows, dropped = cleaned("mail", [row(str(i), text) for i, text in enumerate(texts)])
        assert [each.id for each in rows] == ["0", "1"]
        assert dropped == Dropped(exact=1, folded=2, conflicting=0)

    def test_another_label_is_counted_as_conflicting(self, row: Callable[..., Row]) -> None:
        rows = [row("0", "a", "ham"), row("1", "a", "spam"), row("2", "A", "spam"), row("3", "a", "ham")]
        kept, dropped = cleaned("mail", rows)
        assert [(each.id, each.label) for each in kept] == [("0", "ham")]
        assert dropped == Dropped(exact=2, folded=1, conflicting=2)

    def test_a_pair_is_a_duplicate_only_as_a_pair(self, row: Callable[..., Row]) -> None:
        pairs = [("a", "b"), ("a", "c"), ("b", "a"), ("A", "B")]
        kept, dropped = cleaned("x", [row(str(i), text, text_pair=pair) for i, (text, pair) in enumerate(pairs)])
        assert [each.id for each in kept] == ["0", "1", "2"] and dropped.folded == 1

    def test_every_text_of_a_row_is_cleaned_and_the_rest_stays(self, row: Callable[..., Row]) -> None:
        before = row(
            text=" a ",
            text_pair=" b ",
            source_text="c<br>",
            source_text_pair="\u200bd",
            group=" g ",
            translated_by="memory",
        )
        (after,), _ = cleaned("x", [before])
        assert after == before._replace(text="a", text_pair="b", source_text="c", source_text_pair="d")

    def test_a_text_that_cleaning_empties_is_refused(self, row: Callable[..., Row]) -> None:
        with pytest.raises(InputError, match=r"corpora\.mail: a text of row '7' is empty once cleaned"):
            cleaned("mail", [row("7", "\u200b")])

    @given(st.lists(st.text("aA b\u200b", min_size=1, max_size=3).filter(lambda text: clean(text) != ""), max_size=12))
    def test_what_remains_is_distinct_and_every_row_is_accounted_for(self, texts: list[str]) -> None:
        rows = [Row(str(i), text, None, "ham", "en", None, None, None, None) for i, text in enumerate(texts)]
        kept, dropped = cleaned("x", rows)
        folded = [fold(each.text) for each in kept]
        assert len(set(folded)) == len(folded)
        assert set(folded) == {fold(clean(text)) for text in texts}
        assert dropped.exact == len(texts) - len(set(texts))
        assert len(kept) + dropped.exact + dropped.folded == len(texts)
