"""The filter language: what a text means, and where a fault stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.filtering.faults import FilterFault, caret
from tui.filtering.parser import DEEPEST, parse
from tui.filtering.tree import All, Node, Not, Term


def told(node: Node) -> str:
    """A tree in brackets."""
    if isinstance(node, Term):
        return f"{node.key}{node.op}{'/'.join(value.text for value in node.values)}"
    if isinstance(node, Not):
        return f"!{told(node.inner)}"
    sign = "&" if isinstance(node, All) else "|"
    return "[" + sign.join(map(told, node.parts)) + "]"


class TestMeaning:
    @pytest.mark.parametrize(
        ("text", "meaning"),
        [
            ("", "[]"),
            ("  ", "[]"),
            ("short", "~short"),
            ("a b", "[~a&~b]"),
            ("a and b", "[~a&~b]"),
            ("a b|c d", "[~a&[~b|~c]&~d]"),
            ("a | b", "[~a|~b]"),
            ("a b or c d", "[[~a&~b]|[~c&~d]]"),
            ("a OR b", "[~a|~b]"),
            ("-a", "!~a"),
            ("- a", "!~a"),
            ("not a b", "[!~a&~b]"),
            ("-(a or b)", "![~a|~b]"),
            ("--a", "!!~a"),
            ("sms-spam", "~sms-spam"),
            ("stale", "stale"),
            ('"stale"', "~stale"),
            ('"a b"', "~a b"),
            (r'"a \"b\" \\ \c"', r'~a "b" \ \c'),
            ("'or'", "~or"),
            ("task:sentiment", "task:sentiment"),
            ("task==sentiment", "task=sentiment"),
            ("task!=sentiment", "!task=sentiment"),
            ("name!~x", "!name~x"),
            ("branch:main|size", "branch:main/size"),
            ("branch:main|size|task:x", "[branch:main/size|task:x]"),
            ("branch:main | size", "[branch:main|~size]"),
            ("branch!=main|size", "!branch=main/size"),
            ("branch:(main | size) x", "[branch:main/size&~x]"),
            ('note~"two words"', "note~two words"),
            ("date:<7d", "date<7d"),
            ("date>2026-11-01", "date>2026-11-01"),
            ("date>=2026-11-01T12:30", "date>=2026-11-01T12:30"),
            ("metrics.macro_f1>=0.7", "metrics.macro_f1>=0.7"),
            ("metrics.accuracy=missing|nan", "metrics.accuracy=missing/nan"),
            ("gain>-0.5", "gain>-0.5"),
            ("gain<-1e-3", "gain<-1e-3"),
            ("stale=0", "stale=0"),
            ("params.models:bert -params.x.y~z", "[params.models:bert&!params.x.y~z]"),
            ("cell:sentiment@*-bert", "cell:sentiment@*-bert"),
            ("(a)(b)", "[~a&~b]"),
        ],
    )
    def test_a_text_means(self, text: str, meaning: str) -> None:
        assert told(parse(text)) == meaning

    def test_places_are_those_of_the_text(self) -> None:
        tree = parse("  x name~abc")
        assert isinstance(tree, All)
        term = tree.parts[1]
        assert isinstance(term, Term)
        assert (term.start, term.end, term.values[0].start, term.values[0].end) == (4, 8, 9, 12)


class TestFaults:
    @pytest.mark.parametrize(
        ("text", "word", "sentence"),
        [
            ("a stal:2 b", "stal", "There is no key stal; did you mean stale"),
            ("metric.macro_f1>1", "metric.macro_f1", "did you mean metrics.macro_f1"),
            ("accuracy>1", "accuracy", "did you mean metrics.accuracy"),
            ("detour: x", "detour:", "detour: wants a value"),
            ("x task:", "task:", "wants a value"),
            ("task: sentiment", "task:", "wants a value"),
            ("name<b", "name", "name is a text"),
            ("metrics.x>=high", "high", "compared with a number"),
            ("metrics.x~7", "metrics.x", "no text"),
            ("metrics.x=0.7|high", "high", "compared with a number, missing or nan"),
            ("gain>nan", "nan", "compared with a number"),
            ("stale=missing", "missing", "compared with a number"),
            ("params.x<low", "low", "compared with a number"),
            ("date>soon", "soon", "no date"),
            ("date>2026-02-30", "2026-02-30", "no date"),
            ("date:7d", "7d", "date<7d"),
            ('x "abc', '"', "not closed"),
            ("(a", "(", "not closed"),
            ("a)", ")", "closes none"),
            ("()", ")", "A term is wanted"),
            ("a or", "", "A term is wanted after or"),
            ("| a", "|", "A term is wanted"),
            ("a -", "", "A term is wanted after -"),
            ("or b", "or", "A term is wanted"),
            ("a or or b", "or", "A term is wanted"),
            ("branch:(main", "(", "not closed"),
            ("branch:()", ")", "Values are wanted"),
            ("metrics.>1", "metrics.", "There is no key"),
        ],
    )
    def test_a_fault_names_the_word_and_the_mend(self, text: str, word: str, sentence: str) -> None:
        with pytest.raises(FilterFault, match=r"\S") as caught:
            parse(text)
        assert sentence in str(caught.value)
        assert text[caught.value.start : caught.value.end] == word
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize("inside", ["(", "-", "not "])
    def test_depth_is_bounded(self, inside: str) -> None:
        parse(inside * DEEPEST + "a" + ")" * (DEEPEST if inside == "(" else 0))
        with pytest.raises(FilterFault, match="inside each other"):
            parse(inside * 100_000 + "a")

    def test_carets_stand_under_what_the_terminal_shows(self) -> None:
        assert caret("実 x\x1b y:z", 5, 6) == " " * 9 + "^"
        assert caret("a or", 4, 5) == "    ^"

    @given(st.text(alphabet="ab:<>=!~|()-'\"\\ .@*7orntd_\x1b\u202e実", max_size=25) | st.text(max_size=20))
    def test_any_text_has_a_meaning_or_a_fault_inside_it(self, text: str) -> None:
        try:
            parse(text)
        except FilterFault as fault:
            assert 0 <= fault.start < fault.end <= len(text) + 1
