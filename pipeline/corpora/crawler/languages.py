"""Which language a text is in, by py3langid (BSD licence, 4.5 MB, 140 languages, no network).

Short texts are guesswork, so that its word counts against a site's own only where it is sure: a text that is recognised as
another language at CERTAIN or more is of that language.
"""

from functools import cache
from typing import Any

from pipeline.errors import InputError

CERTAIN = 0.5
"""Of 11,249 French, Spanish and English reviews of the public corpora one is then taken for another language: it is in Catalan."""
BEGINNING, LONGEST = 200, 2000
"""Characters. The beginning of a text decides where it fits what is expected; otherwise more of the text is asked."""


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


def recognised(text: str, expected: str | None = None) -> str | None:
    """The language that a text certainly is in; None where it may be another."""
    found = _certain(text[:BEGINNING])
    if len(text) > BEGINNING and (found is None or found != expected):
        found = _certain(text[:LONGEST])
    return found


def _certain(text: str) -> str | None:
    language, probability = _identifier().classify(text)
    return str(language) if probability >= CERTAIN else None


def language_of(text: str, declared: str | None, wanted: tuple[str, ...]) -> str | None:
    """The language that a text is kept as; None where it is to be dropped.

    Args:
        text: The text.
        declared: What its page says, as `fr` or `fr-CA`.
        wanted: The languages that are kept.
    """
    said = declared.replace("_", "-").split("-")[0].strip().lower() if declared else None
    found = recognised(text, said or (wanted[0] if len(wanted) == 1 else None))
    language = said or found or (wanted[0] if len(wanted) == 1 else None)
    if language not in wanted or found not in (None, language):
        return None
    return language
