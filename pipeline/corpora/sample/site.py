"""A small site of film reviews in French and Spanish, from the reviews of the small corpus.

Each language has a list of films over two pages, and each film its reviews over several. A real site's trouble is planted in it:
ratings in the middle and none at all, reviews in another language, names that sign a text, markup within it, a section that
robots.txt forbids, slow pages, one that fails before it works, one that is always cut, redirects that go round.

What a careful crawl has to find in it is exactly the reviews, text for text.
"""

import json
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from pipeline.corpora.sample.dice import Dice
from pipeline.corpora.sample.planted import (
    SITE_MIDDLING,
    SITE_OF_ANOTHER_LANGUAGE,
    SITE_UNRATED,
)
from pipeline.corpora.sample.reviews import Review

HOST = "http://cinephile.example"
FILMS, FILMS_A_PAGE, REVIEWS_A_PAGE = 8, 4, 10

_NAMES = [
    ("Camille", "Roux"), ("Inès", "Carpentier"), ("Hugo", "Lemoine"), ("Manon", "Vidal"), ("Álvaro", "Soto"),
    ("Lucía", "Bravo"), ("Marta", "Iglesias"), ("Rafael", "Cano"), ("Noé", "Tessier"), ("Elena", "Prieto"),
]  # fmt: skip
_FILMS = {
    "fr": ["Le Port de verre", "L'Été salé", "La Gare du nord", "Le Jardin perdu", "Les Ponts de papier", "La Lettre cachée",
           "Le Miroir d'hiver", "La Fenêtre"],
    "es": ["El puerto de cristal", "El verano salado", "La estación del norte", "El jardín perdido", "Los puentes de papel",
           "La carta oculta", "El espejo de invierno", "La ventana"],
}  # fmt: skip
_WORDS = {
    "fr": {"next": "page suivante", "account": "Mon compte", "archive": "Archives", "torn": "Actualités", "films": "Films"},
    "es": {"next": "página siguiente", "account": "Mi cuenta", "archive": "Archivo", "torn": "Noticias", "films": "Películas"},
}  # fmt: skip
_MIDDLING = {
    "fr": ["Ni bon ni mauvais, il se laisse voir une fois.", "Moyen, sans plus, et vite vu.", "On passe le temps, voilà tout."],
    "es": ["Ni bueno ni malo, se deja ver una vez.", "Regular, sin más, y se ve rápido.", "Sirve para pasar el rato y poco más."],
}  # fmt: skip
SIGNED_SHARE = 0.1
"""Of the reviews, how many end in their author's name."""
STARS = {"negative": (1, 2), "positive": (4, 5)}


class Posted(NamedTuple):
    """A review as it stands on a page."""

    text: str
    stars: int | None
    author: str
    date: str
    signed: bool


def site_files(reviews: Sequence[Review]) -> dict[str, bytes]:
    """Every file of the site by its path within the folder; the first half of the reviews is French, the second Spanish."""
    half = len(reviews) // 2
    files = {"robots.txt": f"User-agent: *\nDisallow: /*/compte/\nSitemap: {HOST}/sitemap.xml\n"}
    behaviour: dict[str, dict[str, object]] = {"/robots.txt": {"type": "text/plain; charset=utf-8"}}
    for language, part in (("fr", reviews[:half]), ("es", reviews[half:])):
        files |= _language(language, part)
        behaviour |= _misbehaviour(language)
    told = json.dumps(behaviour, indent=1, sort_keys=True) + "\n"
    return {path: text.encode() for path, text in {**files, "site.json": told}.items()}


def _misbehaviour(language: str) -> dict[str, dict[str, object]]:
    """What goes wrong in each half: a slow page, one that is busy first, one that is cut, and redirects in a circle."""
    return {
        f"/{language}/film/2/": {"wait": 0.2},
        f"/{language}/film/3/": {"fail": [503]},
        f"/{language}/actu/": {"cut": True},
        f"/{language}/archives/": {"redirect": f"/{language}/anciennes/"},
        f"/{language}/anciennes/": {"redirect": f"/{language}/archives/"},
    }


def _language(language: str, reviews: Sequence[Review]) -> dict[str, str]:
    dice = Dice(f"site {language}")
    posted = _posted(dice, language, reviews)
    size = -(-len(posted) // FILMS)
    files = {f"{language}/compte/index.html": _page(language, "", ""), f"{language}/actu/index.html": "<p>?</p>" * 50}
    for number in range(FILMS):
        files |= _film(dice, language, number, posted[number * size : (number + 1) * size])
    for first in range(0, FILMS, FILMS_A_PAGE):
        items = "".join(_listed(language, number) for number in range(first, first + FILMS_A_PAGE))
        turn = _turn(language, f"/{language}/{first // FILMS_A_PAGE + 2}/", first + FILMS_A_PAGE < FILMS)
        name = f"{language}/index.html" if not first else f"{language}/{first // FILMS_A_PAGE + 1}/index.html"
        files[name] = _page(language, _WORDS[language]["films"], f'<ul class="films">{items}</ul>{turn}')
    return files


def _listed(language: str, number: int) -> str:
    return f'<li><a href="/{language}/film/{number}/">{escape(_FILMS[language][number])}</a></li>'


def _posted(dice: Dice, language: str, reviews: Sequence[Review]) -> list[Posted]:
    """The reviews with what surrounds them, and among them those that no corpus should have."""
    texts = [(_text(language, review), dice.pick(STARS[review.label])) for review in reviews]
    noise: list[tuple[str, int | None]] = [(dice.pick(_MIDDLING[language]), 3) for _ in range(SITE_MIDDLING)]
    noise += [(review.en, 5) for review in reviews[:SITE_OF_ANOTHER_LANGUAGE]]
    noise += [(f"{_text(language, review)} (1)", None) for review in reviews[:SITE_UNRATED]]
    # The corpus's own reviews stay in their order, the others stand anywhere between them.
    slots = dice.shuffled([True] * len(texts) + [False] * len(noise))
    mixed = [texts.pop(0) if own else noise.pop(0) for own in slots]
    return [
        Posted(text, stars, " ".join(dice.pick(_NAMES)), _date(dice), dice.chance(SIGNED_SHARE))
        for text, stars in mixed
    ]


def _date(dice: Dice) -> str:
    return f"2022-{dice.between(1, 9):02}-{dice.between(1, 28):02}"


def _text(language: str, review: Review) -> str:
    return review.fr if language == "fr" else review.es


def _film(dice: Dice, language: str, number: int, posted: Sequence[Posted]) -> dict[str, str]:
    title, pages = _FILMS[language][number], -(-len(posted) // REVIEWS_A_PAGE)
    files = {}
    for page in range(pages):
        shown = posted[page * REVIEWS_A_PAGE : (page + 1) * REVIEWS_A_PAGE]
        articles = "".join(_article(dice, review) for review in shown)
        turn = _turn(language, f"/{language}/film/{number}/{page + 2}/", page + 1 < pages)
        path = f"{language}/film/{number}/" + (f"{page + 1}/" if page else "")
        files[f"{path}index.html"] = _page(language, title, articles + turn)
    return files


def _turn(language: str, path: str, is_more: bool) -> str:
    return f'<p><a class="next" href="{path}">{_WORDS[language]["next"]}</a></p>' if is_more else ""


def _article(dice: Dice, review: Posted) -> str:
    shown = "★" * (review.stars or 0) + "☆" * (5 - (review.stars or 0))
    stars = "" if review.stars is None else f'<span class="rating">{shown}</span>'
    signature = f" — {review.author}" if review.signed else ""
    return (
        f'<article class="review"><header><span class="author">{review.author}</span> {stars} '
        f'<time datetime="{review.date}">{review.date}</time></header>\n'
        f'<div class="body">\n  <p>{_marked_up(dice, review.text)}{signature}</p>\n</div></article>\n'
    )


def _marked_up(dice: Dice, text: str) -> str:
    """A text as HTML: a word emphasised here, a line broken there, French spaces that do not break."""
    words = escape(text, quote=False).replace(" !", "&nbsp;!").replace(" :", "&nbsp;:").split(" ")
    marked = dice.below(len(words))
    words[marked] = f"<em>{words[marked]}</em>"
    broken = 1 + dice.below(len(words) - 1)
    return " ".join(words[:broken]) + ("<br>" if dice.chance(0.3) else " ") + " ".join(words[broken:])


def _page(language: str, title: str, body: str) -> str:
    words = _WORDS[language]
    return (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        "<style>.rating { color: orange }</style></head>\n<body>"
        f'<nav><a href="/{language}/">Cinéphile</a> <a href="/{language}/compte/">{words["account"]}</a> '
        f'<a href="/{language}/archives/">{words["archive"]}</a> <a href="/{language}/actu/">{words["torn"]}</a> '
        '<a href="http://elsewhere.example/">elsewhere.example</a></nav>\n'
        f"<h1>{escape(title)}</h1>\n{body}<footer>CC0 1.0</footer></body></html>\n"
    )
