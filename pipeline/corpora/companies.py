"""Names of listed securities taken apart: the company's own name, its legal form, and what of it is traded.

`Alphabet Inc. Class A Common Stock` and `Alphabet Inc. - Class C Capital Stock` are two securities of one company, whose name is
`Alphabet` and whose legal form is `Inc.`. Companies are told apart by the words of their names in any case: two companies
of one name count as one, and one company under two names as two.
"""

import re
from typing import NamedTuple

from pipeline.corpora.cleaning import clean, fold
from pipeline.corpora.shingles import words

LEGAL_FORMS = (
    ("Inc.", "Incorporated"),
    ("Corp.", "Corporation"),
    ("Co.", "Company"),
    ("Ltd.", "Limited"),
    ("PLC", "Public Limited Company"),
    ("LLC", "Limited Liability Company"),
    ("L.P.", "Limited Partnership"),
    ("S.A.", "Société Anonyme"),
    ("N.V.", "Naamloze Vennootschap"),
    ("AG", "Aktiengesellschaft"),
    ("SE", "Societas Europaea"),
)
"""Legal forms as listings abbreviate them, each with its long form."""

_TRADED = (
    r"(?:common|ordinary|capital|preferred|preference|voting|multiple voting|subordinate voting|limited voting|non-voting|registered|"
    r"tracking|depositary) (?:stock|shares?|units?|securities)|american deposit[ao]ry|deposit[ao]ry shares?|shares? of beneficial|"
    r"(?:trust )?preferred securities|ad[rs]s?\b|units?\b|warrants?\b|rights?\b|subscription|"
    r"(?:senior|junior|subordinated|fixed|floating|convertible|cumulative|perpetual|redeemable|exchangeable)\b.*"
    r"\b(?:notes?|debentures?|stock|shares?|securities)"
)
_BEFORE_IT = r"(?:new|(?:class|series)\s+\w{1,2}|\d+(?:\.\d+)?\s?%)"
_SECURITY = re.compile(
    rf"(?:\s+-\s+|,?\s+(?=(?:{_BEFORE_IT}[\s,]+)*(?:{_TRADED}))|,?\s+(?=\d+(?:\.\d+)?\s?%)|,?\s+(?=class\s+\w\b)).*$",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\s*\([^()]*\)$")
_FORMS = {
    "".join(letter for letter in form.casefold() if letter.isalnum()): pair for pair in LEGAL_FORMS for form in pair
}


class Company(NamedTuple):
    """The parts of a security's name."""

    name: str
    """The company's own name."""
    form: str | None
    """Its legal form as the listing writes it."""
    security: str
    """What is traded, as `Class A Common Stock`; may be empty."""

    @property
    def key(self) -> str:
        """What tells companies apart."""
        return " ".join(words(fold(self.name)))

    @property
    def legal(self) -> str:
        """Name and legal form."""
        return f"{self.name} {self.form}" if self.form else self.name

    def variants(self) -> list[str]:
        """The company under the other writing of its legal form, and without one; none where it has no known one."""
        if self.form is None:
            return []
        short, long = _FORMS[_letters(self.form)]
        other = long if _letters(self.form) == _letters(short) else short
        return [f"{self.name} {other}", self.name]


def company(listed: str) -> Company:
    """Take the name of a listed security apart."""
    listed = clean(listed)
    found = _SECURITY.search(listed)
    legal = listed[: found.start()] if found and found.start() else listed
    security = listed[len(legal) :].strip(" ,-")
    legal = _ASIDE.sub("", legal) or legal
    for count in (3, 2, 1):
        parts = legal.rsplit(" ", count)
        form = " ".join(parts[1:])
        if len(parts) == count + 1 and _letters(form) in _FORMS and parts[0].strip(" ,"):
            return Company(parts[0].rstrip(" ,"), form, security)
    return Company(legal.rstrip(" ,"), None, security)


def _letters(form: str) -> str:
    return "".join(letter for letter in form.casefold() if letter.isalnum())
