"""Figure 1 as SVG: the same bytes always, and nothing from outside but text."""

import subprocess
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import pytest

from pipeline.reporting.curves import SeedCurve
from pipeline.reporting.figure import figure
from pipeline.reporting.panels import panels

NOTE = "A made-up study: its numbers say nothing."
SVG = "{http://www.w3.org/2000/svg}"


def drawn(targets, models=("bert", "xlnet"), starts=("pretrained", "imdb"), seeds=2, missing=(), note=NOTE):
    """The figure of a made-up study; `targets` gives kind by `task/target`."""
    cells, curves = {}, {}
    for place in targets:
        for start in starts:
            for model in models:
                name = f"{place}-{start}-{model}"
                gone = name in missing
                cells[name] = (
                    None
                    if gone
                    else {
                        "epochs": {str(seed): 2 for seed in range(seeds)},
                        "floors": {"majority": 0.5, "tfidf": 0.51},
                    }
                )
                values = tuple(0.4 + 0.1 * epoch for epoch in range(4))
                curves[name] = None if gone else {seed: SeedCurve(values, values) for seed in range(seeds)}
    kinds = {place.split("/")[1]: kind for place, kind in targets.items()}
    return figure(note, panels(cells, curves, kinds))


PAPERS = {
    "classification/sms_spam": "domain",
    "classification/movie_reviews": "crosslingual",
    "sentiment/goemotions": "domain",
}


def texts(svg):
    return [element.text for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def told(svg):
    return " ".join(texts(svg))


class TestBytes:
    def test_are_the_same_whatever_the_settings_of_matplotlib(self):
        first = drawn(PAPERS)
        with matplotlib.rc_context({"font.size": 30, "svg.fonttype": "path", "axes.formatter.use_locale": True}):
            assert drawn(PAPERS) == first
            assert matplotlib.rcParams["font.size"] == 30

    def test_are_the_same_in_another_process_and_locale(self, tmp_path):
        script = (
            "import sys; sys.path.insert(0, sys.argv[1])\n"
            "from tests.pipeline.reporting import test_figure as here\n"
            "sys.stdout.buffer.write(here.drawn(here.PAPERS).encode())"
        )
        root = Path(__file__).resolve().parents[3]
        command = [sys.executable, "-c", script, str(root)]
        environment = {"PATH": "", "LC_ALL": "C", "PYTHONHASHSEED": "7", "MPLCONFIGDIR": str(tmp_path)}
        done = subprocess.run(command, capture_output=True, env=environment, check=True)
        assert done.stdout.decode() == drawn(PAPERS)

    def test_hold_neither_date_nor_picture_nor_version(self):
        svg = drawn(PAPERS)
        assert "date" not in svg.lower() and "<image" not in svg and matplotlib.__version__ not in svg
        assert all(line == line.rstrip() for line in svg.splitlines())

    def test_of_the_papers_study_are_few(self):
        targets = {f"{task}/{kind}{task}": kind for task in "abc" for kind in ("domain", "crosslingual")}
        assert len(drawn(targets, models=("bert", "roberta", "xlnet")).encode()) < 300_000


class TestText:
    def test_names_targets_tasks_starts_models_floors_and_columns(self):
        said = texts(drawn(PAPERS))
        expected = {
            *("sms_spam", "movie_reviews", "goemotions", "classification", "sentiment", "IF from imdb"),
            *("bert", "xlnet", "F (pretrained)", "IF (intermediate)", "Domain adaptation", "Cross-lingual"),
            *("majority .500", "TF-IDF .510"),
        }
        assert expected <= set(said)

    @pytest.mark.parametrize(
        "seeds, band",
        [
            (1, "One seed has no band."),
            (2, "the lowest and the highest of 2 seeds"),
            (5, "the mean ± one standard deviation over 5 seeds"),
        ],
    )
    def test_says_what_the_band_is(self, seeds, band):
        assert band in told(drawn(PAPERS, seeds=seeds))

    def test_says_which_cells_are_missing(self):
        svg = drawn(PAPERS, missing=["classification/sms_spam-imdb-bert"])
        assert "3 of 4 cells" in texts(svg)
        assert "1 of 12 cells have no result." in told(svg)
        assert "have no result" not in told(drawn(PAPERS))

    def test_of_the_note_is_never_mathematics_nor_markup(self):
        note = "costs $x^2$ and $\\frac{1}{2$ <script>alert(1)</script> & 100 %\x1b[2J\n中文 \ue000"
        svg = drawn(PAPERS, note=note)
        assert "costs $x^2$ and $\\frac{1}{2$ <script>alert(1)</script> & 100 % [2J 中文" in told(svg)
        assert not list(ElementTree.fromstring(svg).iter(f"{SVG}script")) and "\x1b" not in svg


class TestPartialStudies:
    def test_a_target_without_a_cell_says_so(self):
        names = [
            f"sentiment/goemotions-{start}-{model}" for start in ("pretrained", "imdb") for model in ("bert", "xlnet")
        ]
        assert "no result yet" in texts(drawn(PAPERS, missing=names))

    def test_nothing_at_all_is_still_a_figure(self):
        assert "Nothing is measured yet. Markers" in told(figure(NOTE, [])) and NOTE in told(figure(NOTE, []))
        assert "Study:" not in told(figure(" ", []))

    def test_one_kind_and_one_epoch_and_one_model(self):
        name = "classification/sms_spam-pretrained-bert"
        cells = {name: {"epochs": {"1": 1}, "floors": {"majority": 1.0, "tfidf": 1.0}}}
        svg = figure(NOTE, panels(cells, {name: {1: SeedCurve((1.0,), (1.0,))}}, {"sms_spam": "domain"}))
        assert "Cross-lingual" not in texts(svg) and "sms_spam" in texts(svg)

    def test_several_targets_of_a_kind_have_a_panel_each(self):
        targets = {f"classification/t{number}": "crosslingual" for number in range(5)}
        svg = drawn(targets, models=[f"m{number}" for number in range(9)], starts=("pretrained", "imdb", "shuffled"))
        assert {f"t{number}" for number in range(5)} <= set(texts(svg))
        assert {"IF from imdb", "IF from shuffled", "IF from imdb, shuffled"} <= set(texts(svg))

    def test_labels_of_floors_never_touch(self):
        root = ElementTree.fromstring(drawn(PAPERS))
        places = [
            float(element.get("y"))
            for element in root.iter(f"{SVG}text")
            if (element.text or "").startswith(("TF-IDF .", "majority ."))
        ]
        first, second = places[:2]
        assert abs(first - second) >= 6.5
        assert Counter(places)[first] <= 2
