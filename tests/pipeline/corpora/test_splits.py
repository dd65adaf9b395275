"""Draws and splits: shares, seeds, whole groups, and no dependence on the order of rows."""

import random
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.corpora.schema import Row
from pipeline.corpora.splits import apportion, draw, in_languages, split
from pipeline.errors import InputError

SIZES = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 60), min_size=1)


def rows_of(labels: list[str], languages: list[str] | None = None, groups: list[str | None] | None = None) -> list[Row]:
    languages = languages or ["en"] * len(labels)
    groups = groups or [None] * len(labels)
    return [
        Row(str(i), f"text {i}", None, label, language, group, None, None, None)
        for i, (label, language, group) in enumerate(zip(labels, languages, groups, strict=True))
    ]


class TestApportion:
    @given(SIZES, st.data())
    def test_every_share_is_within_one_of_its_quota(self, sizes: dict[str, int], data: st.DataObject) -> None:
        whole = sum(sizes.values())
        total = data.draw(st.integers(0, whole))
        shares = apportion(total, sizes)
        assert sum(shares.values()) == total
        assert all(abs(shares[name] - total * size / whole) < 1 for name, size in sizes.items())

    @given(SIZES, st.integers(0, 600), st.integers(0, 3), st.integers(0, 3))
    def test_limits_hold_before_the_total(self, sizes: dict[str, int], total: int, least: int, spare: int) -> None:
        shares = apportion(total, sizes, least, spare)
        most = {name: max(0, size - spare) for name, size in sizes.items()}
        floors = {name: min(least, most[name]) for name in sizes}
        assert all(floors[name] <= shares[name] <= most[name] for name in sizes)
        assert sum(shares.values()) == min(max(total, sum(floors.values())), sum(most.values()))

    def test_ties_do_not_depend_on_the_order_of_names(self) -> None:
        assert apportion(1, {"b": 1, "a": 1}) == {"a": 1, "b": 0}


class TestDraw:
    def test_draws_for_other_purposes_are_independent(self) -> None:
        rows = rows_of(["x"] * 1000)
        first, second = draw(rows, 500, 1, "one"), draw(rows, 500, 1, "other")
        assert 200 < len(set(first) & set(second)) < 300

    def test_a_larger_draw_of_one_stratum_holds_the_smaller(self) -> None:
        rows = rows_of(["x"] * 100)
        assert set(draw(rows, 10, 1, "p")) < set(draw(rows, 30, 1, "p"))

    @given(st.lists(st.sampled_from("abc"), max_size=40), st.integers(0, 50), st.randoms())
    def test_a_draw_has_its_size_its_order_and_no_memory_of_the_input_order(
        self, labels: list[str], count: int, shuffler: random.Random
    ) -> None:
        rows = rows_of(labels)
        drawn = draw(rows, count, 5, "p")
        assert len(drawn) == min(count, len(rows))
        assert drawn == [row for row in rows if row in drawn]
        shuffled = rows[:]
        shuffler.shuffle(shuffled)
        assert set(draw(shuffled, count, 5, "p")) == set(drawn)


class TestSplit:
    def test_every_label_and_language_has_its_share_of_every_part(self) -> None:
        rows = rows_of(["ham"] * 870 + ["spam"] * 130, (["fr"] * 3 + ["es"] * 2) * 200)
        parts = split("x", rows, ["ham", "spam"], 0.3, 0.1, 13)
        assert {part: len(members) for part, members in parts.items()} == {
            "train": 630,
            "dev": 70,
            "test": 300,
        }
        for part, share in {"train": 0.63, "dev": 0.07, "test": 0.3}.items():
            counts = Counter((row.label, row.language) for row in parts[part])
            for stratum, number in Counter((row.label, row.language) for row in rows).items():
                assert abs(counts[stratum] - share * number) <= 1.5

    def test_the_seed_decides_and_nothing_else(self) -> None:
        rows = rows_of(["a", "b"] * 50)
        assert split("x", rows, ["a", "b"], 0.3, 0.1, 1) == split("x", rows, ["a", "b"], 0.3, 0.1, 1)
        assert split("x", rows, ["a", "b"], 0.3, 0.1, 1) != split("x", rows, ["a", "b"], 0.3, 0.1, 2)

    @given(st.lists(st.sampled_from("aaab"), min_size=4, max_size=60), st.integers(0, 99), st.randoms())
    def test_parts_divide_the_rows_whatever_their_order(
        self, labels: list[str], seed: int, shuffler: random.Random
    ) -> None:
        rows = rows_of([*labels, "a", "b", "a", "b"])
        parts = split("x", rows, ["a", "b"], 0.3, 0.2, seed)
        assert sorted((row for members in parts.values() for row in members), key=rows.index) == rows
        assert all(members == [row for row in rows if row in members] for members in parts.values())
        shuffler.shuffle(rows)
        again = split("x", rows, ["a", "b"], 0.3, 0.2, seed)
        assert {part: set(members) for part, members in again.items()} == {
            part: set(rows) for part, rows in parts.items()
        }

    def test_two_rows_of_a_label_are_enough_and_dev_may_lack_it(self) -> None:
        for seed in range(20):
            parts = split("x", rows_of(["usual"] * 98 + ["rare"] * 2), ["usual", "rare"], 0.3, 0.5, seed)
            assert [sum(row.label == "rare" for row in parts[part]) for part in ("train", "dev", "test")] == [
                1,
                0,
                1,
            ]

    @pytest.mark.parametrize("rare", [0, 1])
    def test_a_label_that_train_or_test_lacks_is_refused_with_its_counts(self, rare: int) -> None:
        rows = rows_of(["common"] * 20 + ["rare"] * rare)
        with pytest.raises(InputError, match=rf"corpora\.x: the label 'rare' has {rare} in train, 0 in dev, 0 in test"):
            split("x", rows, ["common", "rare"], 0.3, 0.1, 1)


class TestLanguages:
    @pytest.fixture
    def parts(self) -> dict[str, list[Row]]:
        """Forty things, each in three languages, which stay together."""
        rows = rows_of(["a", "b"] * 60, ["en"] * 40 + ["fr"] * 40 + ["ja"] * 40, [f"thing {i}" for i in range(40)] * 3)
        return split("x", rows, ["a", "b"], 0.3, 0.2, 1)

    def test_zero_shot_trains_in_one_language_and_tests_in_all_what_it_has_seen_in_none(
        self, parts: dict[str, list[Row]]
    ) -> None:
        kept = in_languages("x", parts, ["a", "b"], ["en"])
        assert {row.language for part in ("train", "dev") for row in kept[part]} == {"en"}
        assert kept["test"] == parts["test"]
        assert not {row.group for row in kept["train"] + kept["dev"]} & {row.group for row in kept["test"]}

    def test_tests_may_be_in_some_languages_alone(self, parts: dict[str, list[Row]]) -> None:
        kept = in_languages("x", parts, ["a", "b"], (), ["ja", "fr"])
        assert kept["train"] == parts["train"] and kept["dev"] == parts["dev"]
        assert kept["test"] == [row for row in parts["test"] if row.language != "en"]

    def test_a_language_without_rows_is_refused(self, parts: dict[str, list[Row]]) -> None:
        with pytest.raises(InputError, match=r"corpora\.x\.split\.test_in lists 'ko'.* its rows have en, fr, ja\.$"):
            in_languages("x", parts, ["a", "b"], ["en"], ["ko"])

    def test_a_label_that_the_languages_lack_is_refused(self) -> None:
        rows = rows_of(["a"] * 20 + ["b"] * 20, ["en"] * 20 + ["fr"] * 20)
        parts = split("x", rows, ["a", "b"], 0.3, 0.1, 1)
        with pytest.raises(InputError, match=r"the label 'b' has 0 in train, .*add rows of these languages"):
            in_languages("x", parts, ["a", "b"], ["en"])


class TestGroups:
    @pytest.fixture
    def films(self) -> list[Row]:
        """Films with 1 to 30 reviews, most of them of one opinion, as on IMDB."""
        dice = random.Random(1)
        labels: list[str] = []
        groups: list[str | None] = []
        for film in range(400):
            opinion = dice.random()
            for _ in range(dice.choice([1, 1, 2, 5, 10, 30])):
                labels.append("positive" if dice.random() < opinion else "negative")
                groups.append(f"film {film}")
        return rows_of(labels, groups=groups)

    def test_a_group_is_never_divided(self, films: list[Row]) -> None:
        parts = split("x", films, ["positive", "negative"], 0.3, 0.1, 1)
        found = [{row.group for row in members} for members in parts.values()]
        assert all(found) and sum(map(len, found)) == len(set.union(*found)) == 400

    def test_shares_of_rows_labels_and_large_groups_are_kept(self, films: list[Row]) -> None:
        parts = split("x", films, ["positive", "negative"], 0.3, 0.1, 1)
        sizes = Counter(row.group for row in films)
        mean = len(films) / 400
        for part, share in {"train": 0.63, "dev": 0.07, "test": 0.3}.items():
            for label, number in Counter(row.label for row in films).items():
                assert sum(row.label == label for row in parts[part]) == pytest.approx(share * number, rel=0.1)
            groups = {row.group for row in parts[part]}
            # Were large groups placed with the majority alone, test would hold small ones only.
            assert sum(sizes[group] for group in groups) / len(groups) == pytest.approx(mean, rel=0.25)

    def test_groups_depend_on_the_seed_and_not_on_the_order(self, films: list[Row]) -> None:
        parts = split("x", films, ["positive", "negative"], 0.3, 0.1, 1)
        backwards = split("x", films[::-1], ["positive", "negative"], 0.3, 0.1, 1)
        assert {part: set(rows) for part, rows in parts.items()} == {
            part: set(rows) for part, rows in backwards.items()
        }
        assert split("x", films, ["positive", "negative"], 0.3, 0.1, 2) != parts

    def test_rows_without_a_group_are_placed_one_by_one(self) -> None:
        rows = rows_of(["a", "b"] * 50, groups=["same"] * 10 + [None] * 90)
        parts = split("x", rows, ["a", "b"], 0.3, 0.1, 1)
        for part, number in {"train": 63, "dev": 7, "test": 30}.items():
            assert abs(len(parts[part]) - number) <= 1

    def test_a_label_in_one_group_alone_is_refused(self) -> None:
        rows = rows_of(["a"] * 20 + ["b"] * 5, groups=[str(i) for i in range(20)] + ["one"] * 5)
        with pytest.raises(InputError, match=r"the label 'b'.*rows that belong together .* more of such groups"):
            split("x", rows, ["a", "b"], 0.3, 0.1, 1)


def test_columns_beside_id_label_language_and_group_do_not_matter(row: Callable[..., Row]) -> None:
    rows = [row(str(i), f"text {i}", "ham" if i % 3 else "spam") for i in range(30)]
    other = [each._replace(text="other", translated_by="memory") for each in rows]
    ids = [[each.id for each in split("x", version, ["ham", "spam"], 0.3, 0.1, 1)["test"]] for version in (rows, other)]
    assert ids[0] == ids[1]
