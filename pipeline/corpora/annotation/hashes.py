"""Which text a label was given to."""

import hashlib


def text_hash(text: str, pair: str | None) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of a text, or of a pair of texts with U+001F between them."""
    whole = text if pair is None else f"{text}\x1f{pair}"
    return hashlib.sha256(whole.encode()).hexdigest()[:16]
