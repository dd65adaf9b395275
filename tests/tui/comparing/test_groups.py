"""Which experiments are averaged as one, and why others are refused."""

import json
from pathlib import Path

import pytest

from pipeline.errors import InputError
from tests.tui.comparing.experiments import compared, line, trained
from tests.tui.history.repository import Repository, stage
from tui.comparing.groups import Grouping
from tui.comparing.sides import is_seed


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """main, and experiments of two learning rates and four sets of seeds."""
    made = Repository(tmp_path / "study")
    made.commit(trained(8))
    made.experiment("high-a", trained(2, [1, 2, 3], rate=0.01))
    made.experiment("high-b", trained(4, [4, 5, 6], rate=0.01))
    made.experiment("high-again", trained(3, [3, 7, 8], rate=0.01))
    made.experiment("low", trained(9, [1, 2, 3], rate=0.0001))
    return made


def plain(repository: Repository, name: str, seed: int, rate: float = 0.1, **more: object) -> None:
    repository.experiment(name, {"params.yaml": json.dumps({"train": {"seed": seed, "rate": rate}, **more})})


class TestWhatFits:
    def test_experiments_that_differ_only_in_seeds_are_one(self, repository: Repository) -> None:
        found = compared(repository, "main", "high-a", "low", "high-b")
        assert [(side.name, len(side.rows)) for side in found.columns] == [
            ("main", 1), ("high-a x2", 2), ("low", 1),
        ]  # fmt: skip
        assert found.sides[0].about == "high-a x2 averages 2 experiments that differ only in seeds: high-a, high-b."

    def test_the_mean_is_over_all_seeds_with_their_deviation_and_number(self, repository: Repository) -> None:
        measured = line(compared(repository, "main", "high-a", "high-b")).contrasts[0].measured
        shares = [1 - wrong / 40 for wrong in (1, 2, 2, 3, 4, 4)]
        mean = sum(shares) / 6
        assert measured.value == pytest.approx(mean)
        assert measured.sd == pytest.approx((sum((share - mean) ** 2 for share in shares) / 5) ** 0.5)
        assert measured.n == 6

    def test_a_seed_that_occurs_twice_leaves_them_apart(self, repository: Repository) -> None:
        found = compared(repository, "main", "high-a", "high-again")
        assert [side.name for side in found.sides] == ["high-a", "high-again"]

    def test_two_seeds_alone_are_compared_with_each_other(self, repository: Repository) -> None:
        found = compared(repository, "high-a", "high-b")
        assert [side.name for side in found.columns] == ["high-a", "high-b"]

    def test_every_experiment_stands_alone_where_that_is_asked_for(self, repository: Repository) -> None:
        found = compared(repository, "main", "high-a", "high-b", grouping=Grouping(off=True))
        assert len(found.sides) == 2

    def test_other_code_is_another_configuration(self, repository: Repository) -> None:
        for name, seeds, md5 in (("old", [1, 2, 3], "a" * 32), ("new", [4, 5, 6], "b" * 32)):
            files = trained(2, seeds, rate=0.5)
            lock = json.loads(files["dvc.lock"] or "")
            lock["stages"]["other"] = stage(deps={"code.py": md5})
            repository.experiment(name, {**files, "dvc.lock": json.dumps(lock)})
        assert len(compared(repository, "main", "old", "new").sides) == 2
        with pytest.raises(
            InputError, match=r"^old and new cannot be averaged: code.py is not the same file in both\.$"
        ):
            compared(repository, "main", "old", "new", grouping=Grouping(by="seeds"))

    def test_the_seed_of_a_split_is_no_seed_of_training(self) -> None:
        assert is_seed("train.seed")
        assert is_seed("seeds")
        assert not is_seed("split.seed")
        assert not is_seed("train.seedling")
        assert is_seed("replica", "replica")


class TestGroupsThatWereAskedFor:
    def test_experiments_of_one_value_are_one(self, repository: Repository) -> None:
        found = compared(
            repository, "main", "high-a", "high-b", "low", grouping=Grouping(by="training.target.learning_rate")
        )
        assert [side.name for side in found.columns] == [
            "learning_rate=0.001", "learning_rate=0.01", "learning_rate=0.0001",
        ]  # fmt: skip

    def test_mixed_configurations_are_refused_with_the_key(self, repository: Repository) -> None:
        with pytest.raises(InputError) as refused:
            compared(repository, "main", "high-a", "low", grouping=Grouping(by="training.target.epochs"))
        assert str(refused.value) == (
            "main and high-a cannot be averaged: training.target.learning_rate is 0.001 in the one and 0.01 in the other."
        )

    def test_the_same_seed_twice_is_refused_with_the_key(self, repository: Repository) -> None:
        with pytest.raises(InputError) as refused:
            compared(repository, "main", "high-a", "high-again", grouping=Grouping(by="seeds"))
        assert str(refused.value) == "high-a and high-again cannot be averaged: seeds 3 occurs in both."

    def test_the_same_experiment_twice_is_one(self, repository: Repository) -> None:
        repository.git("tag", "again", "main")
        with pytest.raises(InputError, match="cannot be averaged: both have seeds 1, 2, 3"):
            compared(repository, "low", "main", "again", grouping=Grouping(by="seeds"))
        assert len(compared(repository, "low", "main", "main").sides) == 1

    def test_a_seed_by_another_name_is_named(self, repository: Repository) -> None:
        repository.experiment("base", {"params.yaml": json.dumps({"rate": 0})})
        for number in (1, 2):
            repository.experiment(f"r{number}", {"params.yaml": json.dumps({"rate": 1, "replica": number})})
        found = compared(repository, "base", "r1", "r2", grouping=Grouping(seed="replica"))
        assert [side.name for side in found.columns] == ["base", "r1 x2"]
        assert compared(repository, "base", "r1", "r2").sides[0].name == "r1"

    def test_one_group_of_all_leaves_nothing_to_compare(self, repository: Repository) -> None:
        with pytest.raises(InputError, match="All experiments are one group by seeds"):
            compared(repository, "high-a", "high-b", grouping=Grouping(by="seeds"))

    def test_a_key_that_nobody_has_is_a_sentence_with_near_ones(self, repository: Repository) -> None:
        with pytest.raises(
            InputError, match=r"parameter 'learning_rate'; did you mean training.target.learning_rate\?"
        ):
            compared(repository, "main", "low", grouping=Grouping(by="learning_rate"))


class TestPlainNumbers:
    def test_seeds_that_are_experiments_are_listed_in_the_parameter(self, repository: Repository) -> None:
        for seed in (1, 2, 3):
            plain(repository, f"s{seed}", seed)
        plain(repository, "other", 1, rate=0.2)
        found = compared(repository, "other", "s1", "s2", "s3")
        assert {line.key: line.values for line in found.params if not line.same} == {
            "train.seed": ([1, 2, 3],),
            "train.rate": (0.1,),
        }
