"""Minus signs: what is written with a hyphen elsewhere is as wide as a plus here."""

import re

HYPHEN = re.compile(r"(?<![\w.-])-(?=[.\d])")
"""A hyphen that stands for a minus sign."""


def with_minus(text: str) -> str:
    """Text whose negative numbers have a minus sign; ranges, words and dates keep their hyphens."""
    return HYPHEN.sub("\N{MINUS SIGN}", text)
