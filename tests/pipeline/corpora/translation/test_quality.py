"""The card of a translated corpus: shares, lengths, and chrF as sacrebleu computes it."""

from sacrebleu import corpus_chrf

from pipeline.corpora.translation.entries import Entry
from pipeline.corpora.translation.quality import answered, quality, round_trip_keys, way_back


def entries(*texts: tuple[str, str], source: str = "fr") -> dict[tuple[str, str, str], Entry]:
    made = [Entry(source, "en", "toy", text, translation, date="2026-01-31") for text, translation in texts]
    return {entry.key: entry for entry in made}


def test_unchanged_and_far_off_texts_are_counted() -> None:
    usual = [(f"texte numéro {number}", f"text number {number:3}") for number in range(18)]
    told = quality(entries(*usual, ("Ça  va", "ça va"), ("une phrase qui est longue", "a")), {})
    card = told["fr>en"]
    assert (card["texts"], card["unchanged"], card["unchanged_share"], card["far_off"]) == (20, 1, 0.05, 1)
    assert card["by"] == {"toy 2026-01-31": 20}
    assert 0.9 < card["length_ratio"]["median"] < 1.1 and card["length_ratio"]["p95"] >= card["length_ratio"]["median"]
    assert "round_trip" not in card


def test_chrf_is_over_the_texts_that_went_back() -> None:
    used = entries(("le film est beau", "the film is fine"), ("il pleut", "it rains"), ("adieu", "bye"))
    returned = ["le film est bon", "il pleut"]
    back = {
        way_back(entry): Entry("en", "fr", "toy", entry.translation, text)
        for entry, text in zip(used.values(), returned, strict=False)
    }
    told = quality(used, back)["fr>en"]["round_trip"]
    expected = corpus_chrf(returned, [["le film est beau", "il pleut"]]).score
    assert told == {"texts": 2, "chrf": round(expected, 2)} and 50 < told["chrf"] < 100


def test_what_goes_back_is_the_same_choice_when_others_join() -> None:
    few, more = entries(*((f"t{i}", f"u{i}") for i in range(20))), entries(*((f"t{i}", f"u{i}") for i in range(40)))
    chosen = round_trip_keys(few, 5)
    assert len(chosen) == 5 and set(round_trip_keys(more, 40)) >= set(chosen) and round_trip_keys(few, 0) == []
    assert chosen == round_trip_keys(dict(reversed(few.items())), 5)
    assert len(round_trip_keys({**few, **entries(("uno", "one"), source="es")}, 5)) == 6


def test_the_digest_of_what_answered_knows_translations_and_no_order() -> None:
    used = entries(("a", "b"), ("c", "d"))
    assert answered(used) == answered(dict(reversed(used.items())))
    assert answered(used)["sha256"] != answered(entries(("a", "b"), ("c", "e")))["sha256"]
