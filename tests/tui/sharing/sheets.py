"""Sheets of any content, for the tests of the written forms."""

from hypothesis import strategies as st

from tui.sharing import Column, Sheet, Value

TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "", " ", "nan", "NaN", "0", "-1", "1e5", "true", "null", "inf", "=1+1", "+1", "-x", "@SUM(A1)", "'x", "''=1",
            "a|b", "\\|", "\\", "**x**", "_a_", "a_b", "`x`", "[x](y)", "<b>", "&amp;", "~~x~~", "$x$", "a\nb", "# x", "a,b",
            '"', 'a"b', "\x1b[31m", "\u202ex", "100 %", "x--y", "---", "[x]", "{", "\\input{x}", "Grüße", "実験", "a  b",
        ]
    ),
)  # fmt: skip
NUMBERS = st.one_of(
    st.integers(-(10**9), 10**9), st.floats(), st.sampled_from([0, 0.0, -0.0, float("nan"), float("inf")])
)
HELD = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS)
BESIDE = st.one_of(st.none(), st.floats(-1, 1))
MARKS = st.sampled_from(["", "^", "v", "~", "=", "^?", "v?"])
VALUES = st.builds(
    Value,
    HELD,
    decimals=st.integers(-1, 6),
    sd=BESIDE,
    low=BESIDE,
    high=BESIDE,
    mark=MARKS,
    best=st.booleans(),
    sign=st.booleans(),
)


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    count = draw(st.integers(1, 3))
    columns = tuple(
        Column(f"c{place}", draw(st.sampled_from(["name", "a|b", "=x", "100 %"])), draw(st.booleans()))
        for place in range(count)
    )
    rows = draw(st.lists(st.tuples(*[VALUES] * count), max_size=3))
    return Sheet(draw(TEXTS), columns, tuple(rows), tuple(draw(st.lists(TEXTS, max_size=2))))
