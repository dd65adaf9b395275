"""Names of securities taken apart, and pairs made of them."""

from collections import Counter, defaultdict
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.corpora.companies import company
from pipeline.corpora.names import Listed, NamePair, name_pairs

LISTED = [
    Listed("ABL", "Abel Foods Inc. Common Stock", "Food"),
    Listed("ABLW", "Abel Foods Inc. Warrants", "Food"),
    Listed("ABM", "Abel Motors Corporation Class A Common Stock", "Cars"),
    Listed("BEL", "Beller Foods Ltd. Ordinary Shares", "Food"),
    Listed("ZTA", "Zeta Motors Corp. Common Stock", "Cars"),
    Listed("CRL", "Carol Steel PLC American Depositary Shares", "Steel"),
    Listed("DOR", "Dora Copper Co. Common Stock", "Steel"),
    Listed("EVA", "Eva Common Stock", "Steel"),
]


class TestCompanies:
    @pytest.mark.parametrize(
        ("listed", "parts"),
        [
            ("Apple Inc. Common Stock", ("Apple", "Inc.", "Common Stock")),
            ("Alphabet Inc. - Class C Capital Stock", ("Alphabet", "Inc.", "Class C Capital Stock")),
            ("AllianceBernstein Holding, L.P. Units", ("AllianceBernstein Holding", "L.P.", "Units")),
            ("FS KKR Capital Corp. Common Stock", ("FS KKR Capital", "Corp.", "Common Stock")),
            ("TJX Companies Inc. (The) Common Stock", ("TJX Companies", "Inc.", "Common Stock")),
            (
                "EPR Properties 5.75% Series C Preferred Shares",
                ("EPR Properties", None, "5.75% Series C Preferred Shares"),
            ),
            ("Agilent Technologies, Inc.", ("Agilent Technologies", "Inc.", "")),
            ("Inc.", ("Inc.", None, "")),
        ],
    )
    def test_a_name_has_its_own_part_a_legal_form_and_what_is_traded(
        self, listed: str, parts: tuple[str, str | None, str]
    ) -> None:
        assert company(listed) == parts

    def test_the_legal_form_is_written_the_other_way_or_left_out(self) -> None:
        assert company("Apple Inc. Common Stock").variants() == ["Apple Incorporated", "Apple"]
        assert company("Alcoa Corporation").variants() == ["Alcoa Corp.", "Alcoa"]
        assert company("Aramark Common Stock").variants() == []

    @given(st.text(min_size=1))
    def test_any_name_can_be_taken_apart(self, listed: str) -> None:
        about = company(listed)
        assert company(about.legal).form == about.form or about.form is None


def by_kind(pairs: Sequence[NamePair]) -> dict[str, list[NamePair]]:
    found = defaultdict(list)
    for pair in pairs:
        found[pair.kind].append(pair)
    return found


def key_of(name: str) -> str:
    return company(name).key


class TestPairs:
    def test_of_each_kind_half_are_of_one_company(self) -> None:
        pairs = by_kind(name_pairs(LISTED, 1))
        assert {kind: len(found) for kind, found in pairs.items()} == {"ticker": 6, "name": 6}
        for found in pairs.values():
            assert Counter(pair.same for pair in found) == {True: len(found) / 2, False: len(found) / 2}

    @pytest.mark.parametrize("seed", range(5))
    def test_a_label_tells_whether_both_texts_are_of_one_company(self, seed: int) -> None:
        owner = {line.ticker: key_of(line.name) for line in LISTED}
        for pair in name_pairs(LISTED, seed):
            first = owner[pair.text] if pair.kind == "ticker" else key_of(pair.text)
            assert (first == key_of(pair.pair)) == pair.same

    def test_companies_that_share_a_rare_word_are_neighbours_then_those_of_one_sector(self) -> None:
        groups = {pair.group for pair in name_pairs(LISTED, 1)}
        assert groups == {"abel foods / abel motors", "carol steel / dora copper", "beller foods / eva"}

    def test_no_name_and_no_ticker_stands_in_two_groups(self) -> None:
        groups = defaultdict(set)
        for pair in name_pairs(LISTED, 1):
            texts = (LISTED[pair.index].name, pair.pair)
            for text in texts:
                groups[key_of(text)].add(pair.group)
        assert all(len(found) == 1 for found in groups.values())

    def test_a_security_of_its_own_company_is_another_writing(self) -> None:
        found = {pair.pair for seed in range(30) for pair in name_pairs(LISTED, seed) if pair.kind == "name"}
        assert {"Abel Foods Inc. Warrants", "Abel Foods Incorporated", "Abel Foods"} <= found
        assert not any(pair.text == "Abel Foods Inc. Warrants" for pair in name_pairs(LISTED, 1))

    def test_without_sectors_shared_words_alone_decide(self) -> None:
        lines = [line._replace(sector="") for line in LISTED[:5]]
        assert {pair.group for pair in name_pairs(lines, 1)} == {
            "abel foods / abel motors",
            "beller foods / zeta motors",
        }

    def test_an_odd_company_has_no_neighbour_and_no_pair(self) -> None:
        assert name_pairs(LISTED[:2], 1) == []
        assert {LISTED[pair.index].ticker for pair in name_pairs(LISTED, 1)}.isdisjoint({"ZTA"})

    def test_another_seed_makes_other_pairs_and_the_same_one_the_same(self) -> None:
        assert name_pairs(LISTED, 1) == name_pairs(LISTED, 1) != name_pairs(LISTED, 2)

    @given(st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1), st.sampled_from("ab")), max_size=12))
    def test_any_listing_gives_balanced_pairs(self, lines: list[tuple[str, str, str]]) -> None:
        for found in by_kind(name_pairs([Listed(*line) for line in lines], 1)).values():
            right = sum(pair.same for pair in found)
            assert right - (len(found) - right) in (0, 1)
