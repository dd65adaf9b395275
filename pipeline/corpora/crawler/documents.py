"""Pages as documents: text from bytes, trees from text, and selectors on trees.

A page that is UTF-8 is read as that whatever it declares; otherwise its declared charset counts (byte order mark, header, meta
element, as browsers do), and where that does not fit either, windows-1252. Scripts, styles and comments are no text; breaks
and the edges of blocks separate words, other elements do not.
"""

from dataclasses import dataclass
from typing import Any

from lxml import etree
from parsel import Selector as Parsel
from parsel import css2xpath
from w3lib.encoding import html_body_declared_encoding, html_to_unicode, http_content_type_encoding

from pipeline.corpora.crawler.pages import Page
from pipeline.errors import InputError

SILENT = frozenset({"script", "style", "noscript", "template", "head", "svg", "iframe", "object", "select", "textarea"})
BLOCKS = frozenset(
    {"address", "article", "aside", "blockquote", "br", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption", "figure",
     "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section",
     "summary", "table", "td", "th", "tr", "ul"}
)  # fmt: skip
XPATH_STARTS = ("/", "./", "../", "(")

Node = Any
"""An element of a tree."""


@dataclass(frozen=True)
class Selector:
    """A selector of params.yaml."""

    place: str
    """Its key, for sentences."""
    text: str
    path: etree.XPath

    def find(self, node: Node) -> list[Any]:
        """Elements or strings below a node, or anywhere where the path says so."""
        try:
            found = self.path(node)
        except etree.XPathError as error:
            raise InputError(f"{self.place} is '{self.text}', which cannot be evaluated ({error}); mend it.") from None
        return found if isinstance(found, list) else [str(found)]


def selector(place: str, text: str) -> Selector:
    """Compile a selector.

    Raises:
        InputError: It is neither CSS nor XPath.
    """
    try:
        path = text if text.startswith(XPATH_STARTS) else css2xpath(text)
        return Selector(place, text, etree.XPath(path))
    except (SyntaxError, ValueError, etree.XPathError) as error:
        problem = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{place} is '{text}', neither CSS nor XPath ({problem}); mend it.") from None


def decoded(page: Page) -> tuple[str, str | None]:
    """A page's text, and the charset that it declares where it has another."""
    kind, body = page.header("Content-Type"), page.body
    declared = http_content_type_encoding(kind) or html_body_declared_encoding(body)
    if not body.isascii() and b"\0" not in body[:1024] and (text := _utf8(body)) is not None:
        return text, None if declared in (None, "utf-8") else declared
    _, text = html_to_unicode(kind, body, default_encoding="cp1252")
    if "�" in text and declared is not None:
        return body.decode("cp1252", "replace"), declared
    return text, None


def _utf8(body: bytes) -> str | None:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def tree_of(text: str) -> Node:
    """The root of a page."""
    return Parsel(text=text, type="html").root


def text_of(found: Any) -> str:
    """The text of an element, or the string itself."""
    if not isinstance(found, etree._Element):
        return str(found)
    parts: list[str] = []
    walk = etree.iterwalk(found, events=("start", "end", "comment", "pi"))
    for event, node in walk:
        if event == "start":
            if node.tag in SILENT:
                walk.skip_subtree()
                continue
            parts.append(" " if node.tag in BLOCKS else "")
            parts.append(node.text or "")
        else:
            parts.append(" " if node.tag in BLOCKS else "")
            parts.append((node.tail or "") if node is not found else "")
    return "".join(parts)
