"""Table 1 in LaTeX: its structure, and that nothing from outside is a command."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.reporting.latex import escape, latex_table
from tests.pipeline.reporting.test_table import NOTE, SMALL_CELLS, SMALL_GAINS, document, gain, record, refused


def small(note=NOTE, gains=SMALL_GAINS, cells=SMALL_CELLS):
    return latex_table(note, gains, cells)


def rows(text):
    """The cells of every row of every tabular, as it is aligned; a span counts as its columns."""
    found = []
    for line in text.splitlines():
        if line.endswith(r"\\") and "&" in line:
            cells = [cell.strip() for cell in re.split(r"(?<!\\)&", line.removesuffix(r"\\"))]
            spans = [int(span.group(1)) if (span := re.match(r"\\multicolumn\{(\d+)\}", cell)) else 1 for cell in cells]
            found.append((sum(spans), cells))
    return found


def check_structure(text):
    """Balanced environments and braces, equal column counts, comments apart, ASCII."""
    assert text.isascii() and text.endswith("\n")
    body = "\n".join(line for line in text.splitlines() if not line.startswith("%"))
    stack = []
    for what, name in re.findall(r"\\(begin|end)\{([^}]*)\}", body):
        if what == "begin":
            stack.append(name)
        else:
            assert stack.pop() == name
    assert not stack
    bare = re.sub(r"\\[\\{}&%$#_]", "", body)
    assert bare.count("{") == bare.count("}")
    assert bare.count("$") % 2 == 0
    assert not re.search(r"[%#]", bare)
    for tabular in re.findall(r"\\begin\{tabular\}.*?\\end\{tabular\}", body, flags=re.DOTALL):
        specification = re.match(r"\\begin\{tabular\}\{(l r*)\}".replace(" ", ""), tabular)
        assert specification
        assert {width for width, _ in rows(tabular)} <= {len(specification.group(1))}


def test_a_small_study_has_its_rows():
    text = small()
    check_structure(text)
    (_, header), (_, names), (_, spam), (_, titles) = rows(text)
    assert header[1:] == [f"\\multicolumn{{2}}{{c}}{{{name}}}" for name in ("bert", "xlmr", "floors")]
    assert names == ["target", "IF", "F", "IF", "F", "majority", "TF-IDF"]
    deviation = r"{\tiny $\pm$.020}"
    assert spam[:3] == [r"sms\_spam", f".680{deviation} (.62)", rf"\textbf{{.700}}{deviation} (.71)"]
    assert spam[3:] == [r"--$^{\times}$", f".600{deviation}", ".500", ".650"]
    assert titles[1:5] == [rf"\textbf{{.810}}{deviation}$^{{\uparrow}}$", f".500{deviation}", "--", "--"]
    assert r"\multicolumn{7}{l}{\textit{similarity}} \\" in text
    assert text.count(r"\caption{") == text.count(r"\label{tab:detour}") == text.count(r"\toprule") == 1


@pytest.mark.parametrize(
    "values, mark",
    [
        ({"verdict": "negative"}, r"$^{\downarrow}$"),
        ({"verdict": "positive", "negligible": True}, r"$^{\uparrow\circ}$"),
        ({"verdict": "equivalent"}, "$^{=}$"),
        ({"verdict": "inconclusive"}, ""),
    ],
)
def test_marks_follow_the_verdict(values, mark):
    text = small(gains=document(gain("similarity/titles/paws/bert", **values)))
    assert rows(text)[-1][1][1] == r"\textbf{.810}{\tiny $\pm$.020}" + mark


def test_of_means_that_print_alike_all_are_bold():
    cells = {"similarity/t-pretrained-bert": record(0.70004), "similarity/t-paws-bert": record(0.7)}
    assert small(cells=cells, gains=document()).count(r"\textbf{.700}") == 2


class TestProvenance:
    def comment(self, **changes):
        return [line for line in small(**changes).splitlines() if line.startswith("%")]

    def test_names_command_study_and_inputs_and_no_date(self):
        told = " ".join(line.lstrip("% ") for line in self.comment())
        assert "python -m pipeline.stages.report" in told and NOTE in told and "5 of 6" in told
        assert len(re.findall(r"\b[0-9a-f]{64}\b", told)) == 2
        assert not re.search(r"20\d\d-\d\d", told) and small() == small()

    def test_changes_with_either_input(self):
        changed = {**SMALL_CELLS, "similarity/titles-paws-bert": record(0.82)}
        assert self.comment(cells=changed)[-1] != self.comment()[-1]
        assert self.comment(gains=document())[:-1] != self.comment()[:-1]

    def test_no_line_of_a_note_leaves_it(self):
        text = small(note="first\n\\input{/etc/passwd}\r% more " + "words " * 60)
        check_structure(text)
        assert r"\input" not in text


class TestCaption:
    def test_says_what_binds_the_gains(self):
        text = small(gains=document(gain("similarity/titles/paws/bert", provisional=True, seeds=2)))
        assert "over the study's 1 gains at .05; equivalent is within .01" in text
        assert "With fewer than 3 seeds" in text and "conditional on one intermediate checkpoint" in text
        assert "With fewer than 3 seeds" not in small()

    def test_holds_without_gains(self):
        text = latex_table(NOTE, {}, SMALL_CELLS)
        check_structure(text)
        assert "Holm" not in text


class TestPartialStudies:
    def test_nothing_measured_and_nothing_declared(self):
        for cells in (dict.fromkeys(SMALL_CELLS), {}):
            check_structure(latex_table("", document(), cells))

    def test_more_models_go_into_another_tabular(self):
        cells = {
            f"similarity/t-{start}-m{model}": record(0.7) for model in range(4) for start in ("pretrained", "a", "b_c")
        }
        text = small(cells=cells, gains=document(refused("similarity/t/a/m0", "no & 50 %")))
        check_structure(text)
        assert text.count(r"\begin{tabular}") == 2
        assert r"t \textless{} b\_c" in text


class TestEscape:
    @pytest.mark.parametrize(
        "text, expected",
        [
            ("50 % & more_of #1 {x} $5", r"50 \% \& more\_of \#1 \{x\} \$5"),
            ("a~b^c\\d`e", r"a\textasciitilde{}b\textasciicircum{}c\textbackslash{}d\textasciigrave{}e"),
            ("<a|b>", r"\textless{}a\textbar{}b\textgreater{}"),
            ("Crème brûlée, naïve Straße", r"Cr\`{e}me br\^{u}l\'{e}e, na\"{i}ve Stra\ss{}e"),
            ("cafe\u0301 – “no”…", r"caf\'{e} -- ``no''\ldots{}"),
            ("中 €", r"\texttt{U+4E2D} \texttt{U+20AC}"),
            ("a\x1b[2J\n%b", r"a [2J \%b"),
        ],
    )
    def test_prints_what_was_written(self, text, expected):
        assert escape(text) == expected

    @given(st.text())
    def test_is_ascii_on_one_line_with_nothing_left_to_act(self, text):
        escaped = escape(text)
        assert escaped.isascii() and escaped.isprintable()
        commands = r"\\text\w+(\{\}|\{U\+[0-9A-F]+\})|\\[&%$#_{}]|\\[`'^~\"=.rvckuH]\{[A-Za-z]\}|\$\\[a-z]+\$"
        commands += r"|\\(ldots|ss|ae|AE|oe|OE|o|O|l|L|i)\{\}|\$-\$|\$\^\\circ\$|[~`]"
        assert not set(re.sub(commands, "", escaped)) & set("\\{}$&#%^_")
