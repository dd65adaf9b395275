"""Film reviews: the large English corpus and the small French and Spanish one, from the same frames.

Every frame and every slot stands in English, French and Spanish. A review is an opening, one or two sentences with a
polarity and a closing. In the English corpus the polarity lies in adjectives of the lexicon; in the small corpus it
lies either there (`by_lexicon`) or in a few frequent verdicts that the English corpus never uses.
"""

from typing import NamedTuple

from pipeline.corpora.sample.dice import Deck, Dice, exact_mask
from pipeline.corpora.sample.grammar import fill_each, french, spanish
from pipeline.corpora.sample.lexicon import BLAME, PRAISE, Adjective
from pipeline.corpora.sample.planted import IMDB_ROWS, REVIEWS_BY_LANGUAGE, helped_share

LABELS = ("negative", "positive")

# Nouns that are masculine in French and in Spanish, with their articles.
_SUBJECTS = [
    ("the film", "le film", "el filme"),
    ("the script", "le scénario", "el guion"),
    ("the ending", "le dénouement", "el desenlace"),
    ("the acting", "le jeu des acteurs", "el trabajo actoral"),
    ("the pace", "le rythme", "el ritmo"),
    ("the tone", "le ton", "el tono"),
    ("the editing", "le montage", "el montaje"),
    ("the dialogue", "le dialogue", "el diálogo"),
    ("the story", "le récit", "el relato"),
    ("the humor", "l'humour", "el humor"),
    ("the opening", "le début", "el comienzo"),
    ("the set", "le décor", "el decorado"),
    ("the style", "le style", "el estilo"),
    ("the main character", "le personnage principal", "el personaje principal"),
    ("the last act", "le dernier acte", "el último acto"),
    ("the camera work", "le travail de la caméra", "el trabajo de cámara"),
]

_OPINIONS_OF_ONE = [
    ("{subject} is {first}.", "{subject} est {first}.", "{subject} es {first}."),
    ("{subject} seemed {first} to me.", "{subject} m'a paru {first}.", "{subject} me pareció {first}."),
    (
        "for me {subject} is simply {first}.",
        "pour moi {subject} est tout simplement {first}.",
        "para mí {subject} es sencillamente {first}.",
    ),
    (
        "{subject} remains {first} until the last minute.",
        "{subject} reste {first} jusqu'à la dernière minute.",
        "{subject} sigue siendo {first} hasta el último minuto.",
    ),
    (
        "a(n) {first} film from start to finish.",
        "un film {first} du début à la fin.",
        "un filme {first} de principio a fin.",
    ),
    ("what a(n) {first} film!", "quel film {first} !", "¡qué filme tan {first}!"),
    (
        "my neighbor called it {first}, and so do I.",
        "mon voisin l'a trouvé {first}, et moi aussi.",
        "mi vecino lo encontró {first}, y yo también.",
    ),
]
_OPINIONS_OF_TWO = [
    ("{subject} is {first} and {second}.", "{subject} est {first} et {second}.", "{subject} es {first} y {second}."),
    (
        "{subject} is as {first} as it is {second}.",
        "{subject} est aussi {first} que {second}.",
        "{subject} es tan {first} como {second}.",
    ),
    ("a(n) {first} and {second} film.", "un film {first} et {second}.", "un filme {first} y {second}."),
    (
        "{subject} struck me as {first}, even {second}.",
        "{subject} m'a semblé {first}, et même {second}.",
        "{subject} me resultó {first}, incluso {second}.",
    ),
]

_DAYS = [
    ("Monday", "lundi", "lunes"),
    ("Tuesday", "mardi", "martes"),
    ("Wednesday", "mercredi", "miércoles"),
    ("Thursday", "jeudi", "jueves"),
    ("Friday", "vendredi", "viernes"),
]
_COMPANIONS = [
    ("my sister", "ma sœur", "mi hermana"),
    ("two friends", "deux amis", "dos amigos"),
    ("my parents", "mes parents", "mis padres"),
    ("my cousin", "mon cousin", "mi primo"),
    ("a colleague", "un collègue", "un colega"),
    ("the children", "les enfants", "los niños"),
    ("my uncle", "mon oncle", "mi tío"),
    ("a neighbor", "un voisin", "un vecino"),
]
_PLACES = [
    ("at the old cinema", "au vieux cinéma", "en el viejo cine"),
    ("at home", "à la maison", "en casa"),
    ("at a festival", "dans un festival", "en un festival"),
    ("on a train", "dans un train", "en un tren"),
    ("on television", "à la télévision", "en la televisión"),
    ("in a small town", "dans une petite ville", "en un pueblo"),
]
_TOPICS = [
    ("a family by the sea", "une famille au bord de la mer", "una familia junto al mar"),
    ("two brothers and a boat", "deux frères et un bateau", "dos hermanos y un barco"),
    ("a teacher in the mountains", "un professeur à la montagne", "un profesor en la montaña"),
    ("a letter lost in the war", "une lettre perdue pendant la guerre", "una carta extraviada en la guerra"),
    ("a cook and her daughter", "une cuisinière et sa fille", "una cocinera y su hija"),
    ("a night in the city", "une nuit dans la ville", "una noche en la ciudad"),
    ("a village without water", "un village privé d'eau", "un pueblo sin agua"),
    ("an old pianist", "un pianiste âgé", "un pianista anciano"),
    ("a trial in the capital", "un procès dans la capitale", "un juicio en la capital"),
    ("three friends on the road", "trois amis sur la route", "tres amigos en la carretera"),
]
_OPENINGS = [
    ("I saw it on {day} with {companion}.", "je l'ai vu {day} avec {companion}.", "lo vi el {day} con {companion}."),
    (
        "we watched it {place} with {companion}.",
        "nous l'avons regardé {place} avec {companion}.",
        "lo vimos {place} con {companion}.",
    ),
    ("it tells of {topic}.", "il parle de {topic}.", "trata de {topic}."),
    ("this is about {topic}.", "c'est l'histoire de {topic}.", "es la historia de {topic}."),
    ("seen {place} on {day}.", "vu {place} {day}.", "visto {place} el {day}."),
    ("the subject is {topic}.", "le sujet : {topic}.", "el tema: {topic}."),
]
_CLOSINGS = [
    ("it lasts {minutes} minutes.", "il dure {minutes} minutes.", "dura {minutes} minutos."),
    ("the room was half full.", "la salle était à moitié pleine.", "la sala estaba medio llena."),
    (
        "{companion} said the same on the way home.",
        "{companion} disait la même chose sur le chemin du retour.",
        "{companion} opinaba lo mismo de camino a casa.",
    ),
    ("I had read the book before.", "j'avais lu le livre avant.", "había leído el libro antes."),
    ("it was shot in {year}.", "il a été tourné en {year}.", "se rodó en {year}."),
    ("that is all I will say.", "je n'en dirai pas plus.", "no diré nada más."),
]

# Verdicts of the small corpus alone: their words never stand in the English corpus.
_VERDICTS = {
    "positive": [
        ("I recommend it to everyone.", "je le recommande à tous.", "lo recomiendo a todos."),
        ("bravo, five stars!", "bravo, cinq étoiles !", "¡bravo, cinco estrellas!"),
        ("go and buy a ticket today.", "achetez un billet aujourd'hui.", "compren una entrada hoy."),
        ("we applauded, and I recommend it.", "nous avons applaudi, et je le recommande.", "aplaudimos, y lo recomiendo."),
    ],
    "negative": [
        ("avoid it at all costs.", "à éviter à tout prix.", "hay que evitarlo a toda costa."),
        ("I want a refund, zero stars.", "remboursez-moi, zéro étoile.", "quiero un reembolso, cero estrellas."),
        ("nobody should waste an evening.", "personne ne devrait perdre sa soirée.", "nadie debería perder la tarde."),
        ("we left early, avoid it.", "nous sommes partis avant la fin, à éviter.", "nos fuimos antes, hay que evitarlo."),
    ],
}  # fmt: skip

_TITLE_FIRST = [
    "Glass",
    "Silent",
    "Northern",
    "Paper",
    "Hidden",
    "Winter",
    "Second",
    "Broken",
    "Salt",
    "Borrowed",
    "Stone",
    "Last",
]
_TITLE_SECOND = ["Harbor", "Orchard", "Letter", "Station", "Garden", "Bridge", "Summer", "Mirror", "River", "Window"]


class Review(NamedTuple):
    """One review in English, French and Spanish; label negative or positive."""

    label: str
    en: str
    fr: str
    es: str


def _join(sentences: list[list[str]]) -> list[str]:
    english, in_french, in_spanish = (" ".join(parts) for parts in zip(*sentences, strict=True))
    return [english, french(in_french), spanish(in_spanish)]


def _frame(dice: Dice) -> tuple[list[str], list[str]]:
    """An opening and a closing without any polarity."""
    slots = {
        "day": dice.pick(_DAYS),
        "companion": dice.pick(_COMPANIONS),
        "place": dice.pick(_PLACES),
        "topic": dice.pick(_TOPICS),
        "minutes": (str(dice.between(80, 150)),) * 3,
        "year": (str(dice.between(1960, 2020)),) * 3,
    }
    return fill_each(dice.pick(_OPENINGS), slots), fill_each(dice.pick(_CLOSINGS), slots)


def _opinion(dice: Dice, adjectives: list[Adjective]) -> list[str]:
    """One sentence that carries all of `adjectives` (one or two)."""
    slots = {"subject": dice.pick(_SUBJECTS), "first": tuple(adjectives[0]), "second": tuple(adjectives[-1])}
    return fill_each(dice.pick(_OPINIONS_OF_ONE if len(adjectives) == 1 else _OPINIONS_OF_TWO), slots)


def _decks(dice: Dice) -> dict[str, Deck]:
    return {"negative": Deck(dice, BLAME), "positive": Deck(dice, PRAISE)}


def _review(dice: Dice, label: str, opinions: list[list[str]]) -> Review:
    opening, closing = _frame(dice)
    return Review(label, *_join([opening, *opinions, closing]))


def english_reviews() -> list[dict[str, str]]:
    """Rows of imdb.csv: text, label, film. Both labels are equally frequent; a film has both."""
    dice = Dice("imdb")
    decks = _decks(dice)
    films = [f"The {first} {second}" for first in _TITLE_FIRST for second in _TITLE_SECOND]
    rows = []
    for place in range(IMDB_ROWS):
        label = LABELS[place % 2]
        words = [decks[label].draw() for _ in range(3)]
        review = _review(dice, label, [_opinion(dice, words[:1]), _opinion(dice, words[1:])])
        rows.append({"text": review.en, "label": label, "film": films[place // 2 % len(films)]})
    return dice.shuffled(rows)


def foreign_reviews(effect: float) -> list[Review]:
    """The small corpus: the first half is meant for French, the second for Spanish.

    `effect` sets the share of reviews whose polarity lies in the lexicon alone; the others carry a verdict.
    """
    dice = Dice("movie_reviews")
    decks = _decks(dice)
    reviews: list[Review] = []
    for _ in ("fr", "es"):
        half = []
        for label in LABELS:
            for by_lexicon in exact_mask(dice, REVIEWS_BY_LANGUAGE // 2, helped_share(effect)):
                if by_lexicon:
                    words = [decks[label].draw() for _ in range(3)]
                    opinions = [_opinion(dice, words[:1]), _opinion(dice, words[1:])]
                else:
                    opinions = [fill_each(dice.pick(_VERDICTS[label]), {})]
                half.append(_review(dice, label, opinions))
        reviews += dice.shuffled(half)
    return reviews
