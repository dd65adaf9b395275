"""The present screen as SVG, with nothing in it that a reader would load or obey.

Textual draws it; here the addresses of its fonts are taken out, characters that XML forbids are left out, and a description says
where the picture came from.
"""

import re
from collections.abc import Iterable
from html import escape

_FONT_ADDRESS = re.compile(r',\s*url\("https?://[^"]*"\)\s*format\("[^"]*"\)')
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def picture(svg: str, about: Iterable[str]) -> str:
    """An SVG made by Textual, fit to be handed on.

    Args:
        svg: What `App.export_screenshot` gave.
        about: Lines of its description: the command, the commits, the way back.
    """
    described = escape(_FORBIDDEN.sub("", "\n".join(about)), quote=False)
    cleaned = _FONT_ADDRESS.sub("", _FORBIDDEN.sub("", svg))
    head, bracket, rest = cleaned.partition(">")
    return f"{head}{bracket}\n    <desc>{described}</desc>{rest}"
