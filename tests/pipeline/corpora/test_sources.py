"""From declared files to rows: filters, labels, ids, draws, and a sentence for every fault."""

import hashlib
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.corpora.schema import Collected
from pipeline.corpora.sources import collect
from pipeline.errors import InputError
from pipeline.study import Corpus

MAIL = "label,text,lang,n\nham,hello there,en,1\nspam,win money,en,2\nham,bonjour,fr,3\nspam,gagnez,fr,4\n"


def read(block: Corpus, seed: int = 1) -> list[Collected]:
    return collect("mail", block, seed)[0]


def fault(block: Corpus) -> str:
    with pytest.raises(InputError) as caught:
        collect("mail", block, 1)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture(autouse=True)
def mail(folder: Path) -> Path:
    path = folder / "data" / "mail.csv"
    path.write_text(MAIL)
    return path


def one(**source: object) -> dict[str, object]:
    return {"source": [{"path": "data/mail.csv", **source}]}


class TestRows:
    def test_a_row_takes_the_columns_that_the_study_names(self, corpus: Callable[..., Corpus]) -> None:
        fields = {
            "text": "text",
            "pair": "label",
            "label": "label",
            "group": "n",
            "translation": "lang",
            "id": ["lang", "n"],
        }
        row = read(corpus(fields=fields))[0]
        assert row == Collected("en-1", "hello there", "ham", "ham", "en", "1", "en", None)

    def test_a_row_without_an_id_column_is_called_by_file_and_line(self, corpus: Callable[..., Corpus]) -> None:
        assert [row.id for row in read(corpus())] == ["mail-2", "mail-3", "mail-4", "mail-5"]

    def test_files_of_one_name_give_different_ids(self, corpus: Callable[..., Corpus], folder: Path) -> None:
        (folder / "data" / "fr").mkdir()
        (folder / "data" / "fr" / "mail.csv").write_text(MAIL)
        rows = read(corpus(source=[{"path": "data/mail.csv"}, {"path": "data/fr/mail.csv", "language": "fr"}]))
        assert len({row.id for row in rows}) == 8
        assert Counter(row.language for row in rows) == {"en": 4, "fr": 4}

    def test_the_languages_column_comes_before_the_files_language(
        self, corpus: Callable[..., Corpus], mail: Path
    ) -> None:
        mail.write_text("label,text,lang\nham,a,fr\nspam,b,\n")
        rows = read(corpus(fields={"text": "text", "label": "label", "language": "lang"}, **one(language="de")))
        assert [row.language for row in rows] == ["fr", "de"]

    def test_a_corpus_translated_from_english_is_english_by_default(self, corpus: Callable[..., Corpus]) -> None:
        assert {row.language for row in read(corpus(language="de", translation="from_english"))} == {"en"}

    def test_a_files_own_fields_replace_the_corpuss(self, corpus: Callable[..., Corpus]) -> None:
        rows = read(corpus(fields={"text": "x", "label": "y"}, **one(fields={"text": "lang", "label": "label"})))
        assert rows[0].text == "en"

    def test_na_is_a_text_and_no_missing_value(self, corpus: Callable[..., Corpus], mail: Path) -> None:
        mail.write_text("label,text\nham,NA\nspam,null\n")
        assert [row.text for row in read(corpus())] == ["NA", "null"]


class TestSelection:
    @pytest.mark.parametrize(
        ("where", "lines"),
        [({"lang": "fr"}, "45"), ({"n": ["1", "4"]}, "25"), ({"lang": "en", "n": "2"}, "3")],
    )
    def test_where_keeps_rows_that_equal_the_value_or_one_of_them(
        self, corpus: Callable[..., Corpus], where: dict[str, object], lines: str
    ) -> None:
        rows, record = collect("mail", corpus(**one(where=where)), 1)
        assert [row.id[-1] for row in rows] == list(lines)
        assert record["source"][0]["filtered"] == 4 - len(lines)

    def test_mapped_labels_become_declared_ones(self, corpus: Callable[..., Corpus]) -> None:
        block = corpus(
            fields={"text": "text", "label": "n"},
            **one(map={"1": "ham", "2": "spam", "3": "ham", "4": "ham"}),
        )
        assert [row.label for row in read(block)] == ["ham", "spam", "ham", "ham"]

    def test_unmapped_labels_are_dropped_where_the_study_says_so(self, corpus: Callable[..., Corpus]) -> None:
        block = corpus(fields={"text": "text", "label": "n"}, **one(map={"1": "ham", "2": "spam"}, unmapped="drop"))
        rows, record = collect("mail", block, 1)
        assert len(rows) == 2 and record["source"][0]["unmapped"] == 2

    def test_numbers_become_two_labels_at_the_threshold(self, corpus: Callable[..., Corpus]) -> None:
        block = corpus(fields={"text": "text", "label": "n"}, **one(binarise={"at": 3, "below": "ham", "from": "spam"}))
        assert [row.label for row in read(block)] == ["ham", "ham", "spam", "spam"]

    @pytest.mark.parametrize("number", ["many", "nan", "inf", ""])
    def test_what_is_no_number_is_refused(self, corpus: Callable[..., Corpus], mail: Path, number: str) -> None:
        mail.write_text(f"n,text\n1,a\n{number},b\n")
        block = corpus(fields={"text": "text", "label": "n"}, **one(binarise={"at": 3, "below": "ham", "from": "spam"}))
        assert f"data/mail.csv, line 3: the label '{number}'" in fault(block)

    def test_a_row_without_text_is_dropped_and_counted_where_rows_may_be_dropped(
        self, corpus: Callable[..., Corpus], mail: Path
    ) -> None:
        mail.write_text("label,text\nham,a\nspam, \nspam,b\n")
        rows, record = collect("mail", corpus(**one(unmapped="drop")), 1)
        assert len(rows) == 2 and record["source"][0]["empty"] == 1


class TestDraws:
    @pytest.fixture(autouse=True)
    def long(self, mail: Path) -> None:
        lines = [f"{'spam' if i % 5 == 0 else 'ham'},text {i},{'fr' if i % 2 else 'en'}" for i in range(200)]
        mail.write_text("label,text,lang\n" + "\n".join(lines) + "\n")

    def test_a_draw_keeps_the_shares_of_labels_and_languages(self, corpus: Callable[..., Corpus]) -> None:
        rows = read(corpus(sample=50, fields={"text": "text", "label": "label", "language": "lang"}))
        counts = Counter((row.label, row.language) for row in rows)
        assert counts == {("ham", "en"): 20, ("ham", "fr"): 20, ("spam", "en"): 5, ("spam", "fr"): 5}

    def test_a_draw_depends_on_the_seed(self, corpus: Callable[..., Corpus]) -> None:
        assert read(corpus(sample=50), 1) == read(corpus(sample=50), 1)
        assert read(corpus(sample=50), 1) != read(corpus(sample=50), 2)

    def test_a_file_can_be_drawn_from_too(self, corpus: Callable[..., Corpus]) -> None:
        rows, record = collect("mail", corpus(**one(sample=20)), 1)
        assert len(rows) == 20
        assert (record["source"][0]["usable"], record["source"][0]["kept"]) == (200, 20)

    def test_asking_for_more_than_there_is_takes_all_and_says_so(self, corpus: Callable[..., Corpus]) -> None:
        rows, record = collect("mail", corpus(sample=5600, **one(sample=300)), 1)
        assert len(rows) == 200
        assert record["notes"] == ["data/mail.csv: asked 300, 200 exist", "asked 5600, 200 exist"]

    def test_duplicates_are_still_there_when_rows_are_drawn(self, corpus: Callable[..., Corpus], mail: Path) -> None:
        mail.write_text("label,text\n" + "ham,same\nspam,other\n" * 10)
        assert len(read(corpus(sample=10))) == 10


class TestFaults:
    def test_a_missing_file_says_where_to_put_it(self, corpus: Callable[..., Corpus]) -> None:
        sentence = fault(corpus(source=[{"path": "data/male.csv"}]))
        assert "data/male.csv does not exist" in sentence and "corpora.mail.source.0.path" in sentence

    def test_a_file_placed_by_hand_says_where_to_get_it_too(self, corpus: Callable[..., Corpus]) -> None:
        by_hand = {"page": "https://example.org/set", "file": "set.zip", "note": "needs an account"}
        sentence = fault(corpus(source=[{"path": "data/set.csv", "by_hand": by_hand}]))
        assert sentence == (
            "data/set.csv does not exist; it is placed by hand: get set.zip at https://example.org/set (needs an account) and "
            "put it at data/set.csv, then `dvc add data`, or correct corpora.mail.source.0.path."
        )

    def test_a_folder_is_no_file(self, corpus: Callable[..., Corpus], folder: Path) -> None:
        (folder / "data" / "x.csv").mkdir()
        assert "data/x.csv cannot be read" in fault(corpus(source=[{"path": "data/x.csv"}]))

    def test_a_label_that_is_not_declared_names_line_value_and_the_near_one(
        self, corpus: Callable[..., Corpus], mail: Path
    ) -> None:
        mail.write_text("label,text\nham,a\nspan,b\n")
        sentence = fault(corpus())
        assert sentence.startswith(
            "data/mail.csv, line 3: the label 'span' is not among the declared ones (ham, spam); correct it "
        )
        assert "(did you mean 'spam'?), map it under corpora.mail.source.0.map, or let" in sentence

    def test_a_label_cannot_write_to_the_terminal(self, corpus: Callable[..., Corpus], mail: Path) -> None:
        mail.write_text("label,text\n\x1b[2Jham,a\n")
        assert "\x1b" not in fault(corpus())

    @pytest.mark.parametrize("text", ["", "  ", "\u200b", "<br />"])
    def test_an_empty_text_is_refused(self, corpus: Callable[..., Corpus], mail: Path, text: str) -> None:
        mail.write_text(f"label,text\nham,a\nspam,{text}\n")
        assert "data/mail.csv, line 3: the column 'text' is empty" in fault(corpus())

    def test_an_empty_second_text_is_refused(self, corpus: Callable[..., Corpus], mail: Path) -> None:
        mail.write_text("label,text,other\nham,a,\n")
        block = corpus(fields={"text": "text", "pair": "other", "label": "label"})
        assert "line 2: the column 'other' is empty" in fault(block)

    def test_an_id_that_is_used_twice_names_both_rows(self, corpus: Callable[..., Corpus]) -> None:
        sentence = fault(corpus(fields={"text": "text", "label": "label", "id": "lang"}))
        assert "line 3" in sentence and "'en'" in sentence and "data/mail.csv, line 2" in sentence

    def test_an_id_that_two_files_use_is_refused(self, corpus: Callable[..., Corpus], folder: Path) -> None:
        (folder / "data" / "more.csv").write_text(MAIL)
        files = [{"path": "data/mail.csv"}, {"path": "data/more.csv"}]
        sentence = fault(corpus(source=files, fields={"text": "text", "label": "label", "id": "n"}))
        assert "data/more.csv, line 2" in sentence and "in data/mail.csv, line 2" in sentence

    def test_an_empty_id_is_refused(self, corpus: Callable[..., Corpus], mail: Path) -> None:
        mail.write_text("label,text,n\nham,a,\n")
        assert "line 2: the id is empty" in fault(corpus(fields={"text": "text", "label": "label", "id": "n"}))

    def test_a_row_without_a_language_is_refused(self, corpus: Callable[..., Corpus], mail: Path) -> None:
        mail.write_text("label,text,lang\nham,a,\n")
        block = corpus(language=None, fields={"text": "text", "label": "label", "language": "lang"})
        assert "line 2: the row has no language" in fault(block)

    def test_a_missing_column_of_where_names_its_key(self, corpus: Callable[..., Corpus]) -> None:
        assert "corpora.mail.source.0.where" in fault(corpus(**one(where={"langs": "fr"})))

    def test_a_filter_that_leaves_nothing_is_refused(self, corpus: Callable[..., Corpus]) -> None:
        assert "of 4 rows read, none is left: 4 did not pass" in fault(corpus(**one(where={"lang": "de"})))

    def test_another_file_than_the_declared_one_is_refused_before_it_is_read(
        self, corpus: Callable[..., Corpus], mail: Path
    ) -> None:
        declared = hashlib.sha256(mail.read_bytes()).hexdigest()
        block = corpus(**one(sha256=declared))
        assert len(read(block)) == 4
        mail.write_bytes(b"\xff not even CSV")
        sentence = fault(block)
        found = hashlib.sha256(mail.read_bytes()).hexdigest()
        assert "data/mail.csv" in sentence and declared in sentence and found in sentence and "put the" in sentence


class TestPlaces:
    """A main checkout with a file beside it, and a linked worktree somewhere else."""

    @pytest.fixture
    def worktree(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        main, tree = tmp_path / "home" / "study", tmp_path / "runs" / "deep" / "tree"
        main.mkdir(parents=True)
        (tmp_path / "home" / "shared").mkdir()
        (tmp_path / "home" / "shared" / "mail.csv").write_text(MAIL)
        git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
        subprocess.run([*git, "init", "-q"], cwd=main, check=True)
        subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "Begin"], cwd=main, check=True)
        subprocess.run([*git, "worktree", "add", "-q", str(tree)], cwd=main, check=True)
        (tree / "data").mkdir()
        (tree / "data" / "mail.csv").write_text("label,text\nham,of the tree\nspam,b\n")
        monkeypatch.chdir(tree)
        return tree

    def test_a_path_outside_the_tree_is_relative_to_the_main_checkout(
        self, corpus: Callable[..., Corpus], worktree: Path
    ) -> None:
        sha256 = hashlib.sha256(MAIL.encode()).hexdigest()
        assert len(read(corpus(source=[{"path": "../shared/mail.csv", "sha256": sha256}]))) == 4

    def test_a_path_inside_the_tree_is_read_from_the_tree(self, corpus: Callable[..., Corpus], worktree: Path) -> None:
        assert read(corpus())[0].text == "of the tree"

    def test_a_missing_file_outside_the_tree_says_where_it_was_looked_for(
        self, corpus: Callable[..., Corpus], worktree: Path
    ) -> None:
        sentence = fault(corpus(source=[{"path": "../shared/none.csv", "sha256": "0" * 64}]))
        assert "home/study/../shared/none.csv" in sentence


class TestCompanions:
    def joined(self, **keys: object) -> dict[str, object]:
        translations = {"path": "data/english.csv", "id": ["split", "n"], "text": "said", **keys}
        return {"fields": {"id": ["lang", "n"], "text": "text", "label": "label"}, **one(translations=translations)}

    @pytest.fixture(autouse=True)
    def english(self, folder: Path) -> Path:
        path = folder / "data" / "english.csv"
        path.write_text("split,n,said,lang\nfr,3,good day,en\nfr,3,guten Tag,de\nfr,9,unused,en\n")
        return path

    def test_translations_are_found_by_id_and_a_row_without_one_has_none(self, corpus: Callable[..., Corpus]) -> None:
        rows, record = collect("mail", corpus(**self.joined(where={"lang": "en"})), 1)
        assert [(row.id, row.translation) for row in rows] == [
            ("en-1", None),
            ("en-2", None),
            ("fr-3", "good day"),
            ("fr-4", None),
        ]
        companion = record["source"][0]["companion"]
        assert companion["path"] == "data/english.csv" and len(companion["sha256"]) == 64

    def test_an_id_with_two_translations_is_told(self, corpus: Callable[..., Corpus]) -> None:
        sentence = fault(corpus(**self.joined()))
        assert sentence.startswith("data/english.csv, line 3: the id 'fr-3' was used before")
        assert "corpora.mail.source.0.translations.where" in sentence

    def test_a_column_that_the_companion_lacks_is_told_with_its_key(self, corpus: Callable[..., Corpus]) -> None:
        assert "corpora.mail.source.0.translations.text" in fault(corpus(**self.joined(text="speech")))

    def test_another_companion_than_the_declared_one_is_refused(self, corpus: Callable[..., Corpus]) -> None:
        assert "corpora.mail.source.0.translations.sha256" in fault(corpus(**self.joined(sha256="0" * 64)))

    def test_an_id_that_a_listings_file_has_twice_is_told(self, corpus: Callable[..., Corpus], folder: Path) -> None:
        (folder / "data" / "first.csv").write_text("code,name\nA,Abel Stock\nA,Abel Unit\nB,Bell Stock\n")
        (folder / "data" / "second.csv").write_text("key,title\nA,Abel\nB,Bell\n")
        listing = {"path": "data/second.csv", "id": "key", "text": "title", "same": "spam", "different": "ham"}
        block = corpus(fields={"id": "code", "text": "name"}, source=[{"path": "data/first.csv", "listing": listing}])
        assert fault(block).startswith("data/first.csv, line 3: the id 'A' was used before, in data/first.csv, line 2")

    def test_a_listing_makes_pairs_labels_and_groups(self, corpus: Callable[..., Corpus], folder: Path) -> None:
        (folder / "data" / "first.csv").write_text("code,name\nA,Abel Stock\nB,Bell Stock\nC,\nD,Dell Stock\n")
        (folder / "data" / "second.csv").write_text("key,title\nA,Abel\nB,Bell\nC,Cell\n")
        listing = {"path": "data/second.csv", "id": "key", "text": "title", "same": "spam", "different": "ham"}
        block = corpus(
            fields={"id": "code", "text": "name"},
            source=[{"path": "data/first.csv", "listing": listing}],
            language="en",
        )
        rows, record = collect("mail", block, 1)
        told = {(row.id, row.text_pair, row.label, row.group) for row in rows}
        assert told in (
            {("A", "Abel", "spam", "abel"), ("B", "Abel", "ham", "bell")},
            {("A", "Bell", "ham", "abel"), ("B", "Bell", "spam", "bell")},
        )
        tally = record["source"][0]
        assert (tally["read"], tally["empty"], tally["unmapped"], tally["usable"]) == (4, 1, 1, 2)


class TestListings:
    """Files with name_pairs, NASDAQ's symbol directories among them."""

    NASDAQ = (
        "Symbol|Security Name|Market Category|Test Issue|ETF\r\n"
        "ABL|Abel Foods Inc. - Common Stock|Q|N|N\r\n"
        "ABLW|Abel Foods Inc. - Warrants|Q|N|N\r\n"
        "BEL|Beller Foods Ltd. - Ordinary Shares|Q|N|N\r\n"
        "ZZT|Test Foods Inc. - Common Stock|Q|Y|N\r\n"
        "File Creation Time: 0102202517:31||||\r\n"
    )
    OTHER = (
        "ACT Symbol|Security Name|Exchange|Test Issue\n"
        "NA|Nano Steel Corp. Common Stock|N|N\n"
        "DOR|Dora Steel Company Common Stock|N|N\n"
        "|Nameless Steel|N|N\n"
        "File Creation Time: 0102202517:31|||\n"
    )

    def block(self, ticker: str) -> dict[str, object]:
        return {"ticker": ticker, "same": "ham", "different": "spam"}

    @pytest.fixture
    def names(self, folder: Path, corpus: Callable[..., Corpus]) -> Corpus:
        (folder / "data" / "nasdaqlisted.txt").write_bytes(self.NASDAQ.encode())
        (folder / "data" / "otherlisted.txt").write_bytes(self.OTHER.encode())
        source = [
            {"path": "data/nasdaqlisted.txt", "where": {"Test Issue": "N"}, "name_pairs": self.block("Symbol")},
            {"path": "data/otherlisted.txt", "name_pairs": self.block("ACT Symbol")},
        ]
        return corpus(task="similarity", source=source, fields={"text": "Security Name"})

    def test_two_directories_make_one_set_of_pairs(self, names: Corpus) -> None:
        rows, record = collect("names", names, 1)
        assert {row.id for row in rows} == {
            f"{ticker}-{kind}" for ticker in ("ABL", "BEL", "NA", "DOR") for kind in ("ticker", "name")
        }
        assert Counter(row.label for row in rows) == {"ham": 4, "spam": 4}
        assert {row.group for row in rows} == {"abel foods / beller foods", "dora steel / nano steel"}
        assert next(row.text for row in rows if row.id == "NA-ticker") == "NA"
        first, second = record["source"]
        assert (first["read"], first["filtered"], first["usable"], first["kept"]) == (4, 1, 3, 4)
        assert (second["read"], second["empty"], second["usable"], second["kept"]) == (3, 1, 2, 4)

    def test_one_ticker_of_two_companies_is_refused(self, names: Corpus, folder: Path) -> None:
        text = self.OTHER.replace("DOR|", "ABL|")
        (folder / "data" / "otherlisted.txt").write_text(text)
        assert "data/otherlisted.txt, line 3: the ticker 'ABL' of another company" in fault(names)

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            (NASDAQ[: NASDAQ.index("File")], "does not end with 'File Creation Time'"),
            (NASDAQ.replace("ABLW|Abel", "ABLW,Abel"), "line 3 has 4 fields where the header has 5"),
            (NASDAQ.replace("Security Name", "Name"), "has no column 'Security Name'"),
            ("", "is no symbol directory"),
            ("<html>gone</html>", "is no symbol directory"),
        ],
    )
    def test_a_broken_directory_is_told(self, names: Corpus, folder: Path, text: str, said: str) -> None:
        (folder / "data" / "nasdaqlisted.txt").write_text(text)
        sentence = fault(names)
        assert sentence.startswith("data/nasdaqlisted.txt") and said in sentence


def test_the_record_tells_the_hash_of_the_rows(corpus: Callable[..., Corpus], mail: Path) -> None:
    before = collect("mail", corpus(), 1)[1]["rows_sha256"]
    assert collect("mail", corpus(licence="other"), 1)[1]["rows_sha256"] == before
    mail.write_text(mail.read_text().replace("ham", "spam", 1))
    assert collect("mail", corpus(), 1)[1]["rows_sha256"] != before
