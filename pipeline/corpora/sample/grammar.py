"""Filling templates: slots, articles, elisions and sentence case.

A template is a string with `{slot}` places. Where one text stands in several languages, its template and every slot
value are tuples with one string a language, in the same order, and the languages are filled side by side.
"""

import re
from collections.abc import Mapping, Sequence

_ARTICLE = re.compile(r"\b([Aa])\(n\) (?=(\w))")
_SPANISH_AND = re.compile(r"\by (?=(?:i|hi(?!e))\w*)", re.IGNORECASE)
_SPANISH_START = re.compile(r"(?<=[¡¿])\w")
_FRENCH_ELISION = re.compile(r"\b(de|que|le|la|je|ne|se|me) (?=[aeiouyâàéèêëîïôöùûœ])", re.IGNORECASE)


def fill(template: str, slots: Mapping[str, str]) -> str:
    """`template` with its slots, `a(n)` resolved to a or an, and a capital at the start."""
    text = template.format_map(slots)
    text = _ARTICLE.sub(lambda match: match[1] + ("n " if match[2].lower() in "aeiou" else " "), text)
    return text[:1].upper() + text[1:]


def fill_each(templates: Sequence[str], slots: Mapping[str, Sequence[str]]) -> list[str]:
    """One text for each language of `templates`; every slot has one value a language in the same order."""
    return [
        fill(template, {name: values[place] for name, values in slots.items()})
        for place, template in enumerate(templates)
    ]


def spanish(text: str) -> str:
    """`text` with `y` before the sound i written `e` (bello e inteligente)."""
    text = _SPANISH_AND.sub("e ", text)
    return _SPANISH_START.sub(lambda match: match[0].upper(), text)


def french(text: str) -> str:
    """`text` with the elision before a vowel (de + Anna is d'Anna)."""
    return _FRENCH_ELISION.sub(lambda match: match[1][:-1] + "'", text)
