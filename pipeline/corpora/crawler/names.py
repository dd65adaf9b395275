"""Names of authors out of their texts.

A name of several words goes wherever it stands as it is written. A name of one word, which may be a word of the language too, goes
only where it signs: at the end or at the beginning of the text, set off by a dash, a comma or a colon. Nothing else that may be a
name is known as one: a text that names its writer in other words keeps them.
"""

import re


def without_name(text: str, name: str) -> str:
    """A clean text without its author's clean name."""
    if not name:
        return text
    said = r"\s+".join(re.escape(word) for word in name.split())
    ends = [
        rf"(?:^|\s)[—–\-~*(]+\s*{said}\s*[.!)*]*\s*$",
        rf"\s+{said}\s*[.)*]*\s*$" if " " in name else rf"[—–~]\s*{said}\s*$",
        rf"^\s*{said}\s*[:,—–\-]\s*",
    ]
    for pattern in ends:
        text = re.sub(pattern, "", text, flags=re.IGNORECASE)
    if " " in name:
        text = re.sub(rf"(?<!\w){said}(?!\w)", "", text)
    return " ".join(text.split())
