"""The table of a small made-up study, whole and in its parts."""

import csv
import io

import pytest

from pipeline.reporting.table import against_tfidf, table

NOTE = "A made-up study: its numbers say nothing."


def record(mean, sd=0.02, above=(0.01, 0.05), seeds=3, **more):
    return {
        "accuracy": {
            "mean": mean,
            "sd": sd,
            "low": mean - 0.1,
            "high": mean + 0.1,
            "seeds": {str(seed + 1): mean for seed in range(seeds)},
        },
        "floors": {"majority": 0.5, "tfidf": 0.65, "above_tfidf": {"mean": 0.03, "low": above[0], "high": above[1]}},
        "collapsed": [],
        "with_overlap": {"rows": 0, "accuracy": mean},
        **more,
    }


def gain(key, **values):
    task, target, start, model = key.split("/")
    base = {
        "task": task,
        "target": target,
        "start": start,
        "model": model,
        "kind": "domain",
        "comparable": True,
        "reason": None,
        "f": 0.7,
        "if": 0.68,
        "gain": -0.02,
        "low": -0.05,
        "high": 0.01,
        "p": 0.2,
        "p_holm": 0.4,
        "equivalence_p": 0.5,
        "equivalence_p_holm": 1.0,
        "df": 9.5,
        "seeds": 3,
        "test_rows": 60,
        "verdict": "inconclusive",
        "provisional": False,
        "negligible": False,
        "conditional": True,
        "note": "conditional on one intermediate checkpoint",
        "macro_f1": {"f": 0.6, "if": 0.61, "gain": 0.01, "low": -0.1, "high": 0.1},
        "paper": {"f": 0.72, "if": 0.71, "gain": -0.01},
    }
    return {key: {**base, **values}}


def refused(key, reason):
    nothing = dict.fromkeys(("gain", "low", "high", "p", "p_holm", "equivalence_p", "equivalence_p_holm", "df", "note"))
    return gain(key, comparable=False, reason=reason, verdict="not comparable", **nothing)


def document(*gains):
    family = {"primary": "accuracy", "alpha": 0.05, "margin": 0.01, "size": len(gains), "intervals": "unadjusted"}
    return {"family": family, "gains": {key: value for entry in gains for key, value in entry.items()}}


SMALL_CELLS = {
    "classification/sms_spam-pretrained-bert": record(0.7),
    "classification/sms_spam-imdb-bert": record(0.68, above=(-0.02, 0.08)),
    "classification/sms_spam-pretrained-xlmr": record(0.6, above=(-0.09, -0.01), collapsed=[2]),
    "classification/sms_spam-imdb-xlmr": None,
    "similarity/titles-pretrained-bert": record(0.5, with_overlap={"rows": 4, "accuracy": 0.6}),
    "similarity/titles-paws-bert": record(0.81, with_overlap={"rows": 4, "accuracy": 0.8}),
}
SMALL_GAINS = document(
    refused("classification/sms_spam/imdb/xlmr", "There is no result of classification@sms_spam-imdb-xlmr."),
    gain("similarity/titles/paws/bert", gain=0.31, low=0.2, high=0.42, verdict="positive"),
    gain("classification/sms_spam/imdb/bert"),
)

GOLDEN = """\
# Is the detour worth it?

> A made-up study: its numbers say nothing.

## Accuracy

Mean over seeds, in brackets the paper's number (arXiv 2210.01091v2, Table 1); the best of a target is bold. F
is fine-tuned from `pretrained`, IF from an intermediate start.

| target         | bert IF      | bert F         | xlmr IF | xlmr F   |
|----------------|--------------|----------------|---------|----------|
| classification |              |                |         |          |
| sms_spam       | .680 (.62)   | **.700** (.71) | – (–)   | .600 (–) |
| similarity     |              |                |         |          |
| titles         | **.810** (–) | .500 (–)       | –       | –        |

## Gains

Gain: IF minus F; ± deviation over seeds. Intervals, over new seeds and new test rows, are unadjusted;
verdicts are adjusted by Holm over the 3 gains of the study at .05, equivalent is within .01.

| target   | model | F          | IF         | gain [95 %]          | verdict            | paper | TF-IDF |
|----------|-------|------------|------------|----------------------|--------------------|-------|--------|
| sms_spam | bert  | .700 ±.020 | .680 ±.020 | -.020 [-.050, +.010] | inconclusive       | -.09  | .650   |
| sms_spam | xlmr  | .600 ±.020 | –          | –                    | not comparable (1) | –     | .650   |
| titles   | bert  | .500 ±.020 | .810 ±.020 | +.310 [+.200, +.420] | positive           | –     | .650   |

## Floors

Each cell against TF-IDF with logistic regression on the same test rows: above it, below it, or unclear where
the interval of the difference holds 0 (not distinguishable).

| target   | model | majority | TF-IDF | F - TF-IDF [95 %]          | IF - TF-IDF [95 %]           |
|----------|-------|----------|--------|----------------------------|------------------------------|
| sms_spam | bert  | .500     | .650   | +.030 [+.010, +.050] above | +.030 [-.020, +.080] unclear |
| sms_spam | xlmr  | .500     | .650   | +.030 [-.090, -.010] below | –                            |
| titles   | bert  | .500     | .650   | +.030 [+.010, +.050] above | +.030 [+.010, +.050] above   |

## Notes

- (1) sms_spam imdb xlmr: There is no result of classification@sms_spam-imdb-xlmr.
- Seeds a cell: 3; below 3 every verdict is provisional.
- Conditional on one intermediate checkpoint: every gain.
- Runs that predict one class only, by seed: sms_spam pretrained xlmr (2).
- 4 test rows of titles were seen by a start and left out.
"""


def test_a_small_study_whole():
    assert table(NOTE, SMALL_GAINS, SMALL_CELLS).markdown == GOLDEN


def verdicts(*gains, cells=SMALL_CELLS):
    text = table(NOTE, document(*gains), cells).markdown
    lines = text.split("## Gains")[1].split("## Floors")[0].split("\n")
    return {
        tuple(cell.strip() for cell in line.split("|")[1:3]): line.split("|")[6].strip()
        for line in lines
        if "|" in line
    }


class TestVerdictColumn:
    @pytest.mark.parametrize(
        "values, expected",
        [
            ({"provisional": True, "seeds": 2}, "inconclusive, 2 seeds"),
            ({"provisional": True, "seeds": 1}, "inconclusive, 1 seed"),
            ({"verdict": "positive", "negligible": True}, "positive, negligible"),
            ({"verdict": "equivalent"}, "equivalent"),
        ],
    )
    def test_tells_seeds_and_size(self, values, expected):
        assert verdicts(gain("similarity/titles/paws/bert", **values))[("titles", "bert")] == expected

    def test_a_gain_that_was_never_computed_is_a_dash(self):
        assert verdicts()[("titles", "bert")] == "–"


class TestLayout:
    def test_more_models_go_into_another_table(self):
        models = ["m1", "m2", "m3", "m4"]
        cells = {f"similarity/t-{start}-{model}": record(0.7) for model in models for start in ("pretrained", "paws")}
        text = table(NOTE, document(), cells).markdown
        assert "| m3 IF" in text and "| target     | m4 IF" in text

    def test_two_starts_of_a_target_have_a_row_each(self):
        starts = ("pretrained", "paws", "shuffled")
        cells = {f"similarity/t-{start}-bert": record(0.7) for start in starts}
        text = table(NOTE, document(), cells).markdown
        assert "| t < paws " in text and "| t < shuffled " in text

    def test_the_paper_stands_beside_its_own_start_only(self):
        starts = ("pretrained", "imdb", "other")
        cells = {f"classification/sms_spam-{start}-bert": record(0.7) for start in starts}
        text = table(NOTE, document(), cells).markdown
        row = next(line for line in text.split("\n") if line.startswith("| sms_spam < other"))
        assert row.split("|")[2].strip().endswith("(–)") and row.split("|")[3].strip().endswith("(.71)")

    def test_of_equal_bests_all_are_bold(self):
        cells = {f"similarity/t-{start}-bert": record(0.7) for start in ("pretrained", "paws")}
        assert table(NOTE, document(), cells).markdown.count("**.700**") == 2

    def test_a_study_that_has_measured_nothing_still_prints(self):
        cells = dict.fromkeys(SMALL_CELLS)
        text = table("", document(), cells).markdown
        assert "> " not in text and "| sms_spam" in text
        assert table("", document(), {}).csv.count("\n") == 1

    def test_the_papers_study_fits_120_columns(self):
        groups = {"classification": ("imdb", "movie_reviews"), "sentiment": ("imdb_genres", "goemotions")}
        cells, gains = {}, []
        for task, (start, target) in groups.items():
            for model in ("bert", "roberta", "xlnet"):
                for first in ("pretrained", start):
                    cells[f"{task}/{target}-{first}-{model}"] = record(0.7)
                key = f"{task}/{target}/{start}/{model}"
                gains.append(gain(key, low=-1.0, high=1.0, provisional=True, seeds=2))
        assert max(map(len, table(NOTE * 9, document(*gains), cells).markdown.split("\n"))) <= 120

    def test_text_from_outside_stays_in_its_place(self):
        note = "first\n# forged | heading\x1b[2J"
        gains = document(refused("similarity/titles/paws/bert", 'a is "x|y\nz" for F.'))
        text = table(note, gains, SMALL_CELLS).markdown
        assert "> first # forged | heading [2J" in text
        assert '(1) titles paws bert: a is "x|y z" for F.' in text


def test_notes_name_the_gains_where_not_all_share_them():
    gains = document(gain("similarity/titles/paws/bert"), gain("classification/sms_spam/imdb/bert", note=None))
    text = table(NOTE, gains, SMALL_CELLS).markdown
    assert "- Conditional on one intermediate checkpoint: titles paws bert." in text


@pytest.mark.parametrize(
    "low, high, expected",
    [(0.01, 0.2, "above"), (-0.2, -0.01, "below"), (-0.1, 0.1, "unclear"), (0.0, 0.0, "unclear"), (None, None, "–")],
)
def test_the_distance_to_the_floor_in_a_word(low, high, expected):
    assert against_tfidf(record(0.7, above=(low, high))) == expected


class TestCsv:
    def rows(self):
        return list(csv.DictReader(io.StringIO(table(NOTE, SMALL_GAINS, SMALL_CELLS).csv)))

    def test_has_a_line_for_each_gain_in_the_order_of_the_cells(self):
        assert [(row["target"], row["model"]) for row in self.rows()] == [
            ("sms_spam", "bert"),
            ("sms_spam", "xlmr"),
            ("titles", "bert"),
        ]

    def test_holds_numbers_in_full_and_nothing_where_there_is_none(self):
        first, second, _ = self.rows()
        assert (first["f_mean"], first["gain"], first["low"], first["df"]) == ("0.7", "-0.02", "-0.05", "9.5")
        assert (first["paper_f"], first["paper_if"], first["paper_gain"]) == ("0.71", "0.62", "-0.09")
        assert (first["macro_f1_gain"], first["paper_protocol_gain"]) == ("0.01", "-0.01")
        assert (first["f_against_tfidf"], first["if_against_tfidf"]) == ("above", "unclear")
        assert (second["gain"], second["if_mean"], second["comparable"]) == ("", "", "False")
        assert second["reason"].startswith("There is no result")
