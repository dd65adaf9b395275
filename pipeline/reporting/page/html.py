"""The report as one HTML file that needs nothing else: style, script and drawings stand in it.

jinja2 escapes every text. The page's own policy (Content-Security-Policy) allows its one style and its one script, by their hashes,
and pictures that stand in it; nothing is ever fetched, and markup that slipped through could run nothing.
"""

import base64
import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from pipeline.reporting.page.blocks import Section
from pipeline.reporting.page.signs import with_minus

FOLDER = Path(__file__).parent
TEMPLATE, STYLE, SCRIPT = "page.html.jinja", "style.css", "script.js"


def html(title: str, sections: Sequence[Section]) -> str:
    """The page, ending in a line break."""
    style, script = ((FOLDER / name).read_text(encoding="utf-8") for name in (STYLE, SCRIPT))
    return _template().render(
        title=title,
        sections=sections,
        # The two are the project's own files and hold no text from outside.
        style=Markup(style),
        script=Markup(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["minus"] = with_minus
    environment.filters["kind"] = lambda block: type(block).__name__
    return environment.get_template(TEMPLATE)


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
