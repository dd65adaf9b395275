"""French and German sentences with 13 emotions, each with its English translation."""

from typing import NamedTuple

from pipeline.corpora.sample.dice import Dice
from pipeline.corpora.sample.grammar import fill_each
from pipeline.corpora.sample.planted import EMOTIONS_BY_LANGUAGE

# Per emotion, sentences in English, French and German that follow "{when}, ".
_SENTENCES = {
    "anger": [
        ("I was so furious with {who} that I slammed the door", "j'étais si furieux contre {who} que j'ai claqué la porte",
         "war ich so wütend auf {who}, dass ich die Tür zuschlug"),
        ("my anger at {who} kept growing", "ma colère contre {who} ne faisait que monter", "wuchs mein Zorn auf {who} immer weiter"),
    ],
    "boredom": [
        ("I yawned all the time beside {who}", "j'ai bâillé tout le temps à côté de {who}", "gähnte ich die ganze Zeit neben {who}"),
        ("the hours dragged on and {who} bored me", "les heures traînaient et {who} m'ennuyait",
         "zogen sich die Stunden hin und {who} langweilte mich"),
    ],
    "disgust": [
        ("the smell at the table of {who} turned my stomach", "l'odeur à la table de {who} m'a soulevé le cœur",
         "drehte mir der Geruch am Tisch von {who} den Magen um"),
        ("I found the soup of {who} disgusting", "j'ai trouvé la soupe de {who} dégoûtante", "fand ich die Suppe von {who} ekelhaft"),
    ],
    "enthusiasm": [
        ("I could hardly wait to start with {who}", "j'avais hâte de commencer avec {who}",
         "konnte ich es kaum erwarten, mit {who} anzufangen"),
        ("I was thrilled by the plan of {who}", "j'étais enthousiasmé par le projet de {who}", "war ich begeistert vom Plan von {who}"),
    ],
    "fear": [
        ("I trembled and hid behind {who}", "je tremblais et me cachais derrière {who}", "zitterte ich und versteckte mich hinter {who}"),
        ("the dark frightened me and {who}", "l'obscurité nous effrayait, moi et {who}", "machte die Dunkelheit mir und {who} Angst"),
    ],
    "gratitude": [
        ("I thanked {who} with all my heart", "j'ai remercié {who} de tout mon cœur", "dankte ich {who} von ganzem Herzen"),
        ("I was grateful for the help of {who}", "j'étais reconnaissant de l'aide de {who}", "war ich dankbar für die Hilfe von {who}"),
    ],
    "guilt": [
        ("I apologized to {who} because it was my fault", "je me suis excusé auprès de {who} car c'était ma faute",
         "entschuldigte ich mich bei {who}, weil es meine Schuld war"),
        ("my conscience tormented me because of {who}", "ma conscience me tourmentait à cause de {who}",
         "quälte mich mein Gewissen wegen {who}"),
    ],
    "hope": [
        ("I hoped that {who} would recover soon", "j'espérais que {who} guérirait bientôt", "hoffte ich, dass {who} bald gesund wird"),
        ("I believed in a better future with {who}", "je croyais en un avenir meilleur avec {who}",
         "glaubte ich an eine bessere Zukunft mit {who}"),
    ],
    "joy": [
        ("I laughed and danced with {who}", "j'ai ri et dansé avec {who}", "lachte und tanzte ich mit {who}"),
        ("the smile of {who} made me happy", "le sourire de {who} m'a rendu heureux", "machte mich das Lächeln von {who} glücklich"),
    ],
    "love": [
        ("I fell in love with {who}", "je suis tombé amoureux de {who}", "verliebte ich mich in {who}"),
        ("I kissed {who} tenderly", "j'ai embrassé {who} tendrement", "küsste ich {who} zärtlich"),
    ],
    "pride": [
        ("I was proud of the medal of {who}", "j'étais fier de la médaille de {who}", "war ich stolz auf die Medaille von {who}"),
        ("everyone honored {who} for the victory and me too", "tous honoraient {who} pour la victoire et moi aussi",
         "ehrten alle {who} für den Sieg und mich auch"),
    ],
    "sadness": [
        ("I wept because {who} had gone", "j'ai pleuré car {who} n'était plus là", "weinte ich, weil {who} fort war"),
        ("I felt lonely without {who}", "je me sentais bien seul sans {who}", "fühlte ich mich einsam ohne {who}"),
    ],
    "surprise": [
        ("I was astonished to see {who}", "j'étais stupéfait de voir {who}", "war ich verblüfft, {who} zu sehen"),
        ("suddenly and unexpectedly {who} stood there", "soudain et contre toute attente {who} était là",
         "stand plötzlich und unerwartet {who} da"),
    ],
}  # fmt: skip

_WHEN = [
    ("yesterday", "hier", "gestern"), ("this morning", "ce matin", "heute Morgen"), ("last night", "hier soir", "gestern Abend"),
    ("on Sunday", "dimanche", "am Sonntag"), ("in winter", "en hiver", "im Winter"), ("last year", "l'an dernier", "letztes Jahr"),
    ("after the exam", "après l'examen", "nach der Prüfung"), ("at the airport", "à l'aéroport", "am Flughafen"),
    ("during the trip", "pendant le voyage", "während der Reise"), ("at school", "à l'école", "in der Schule"),
    ("in the evening", "le soir", "am Abend"), ("on the phone", "au téléphone", "am Telefon"),
]  # fmt: skip
_WHO = [
    "Anton",
    "Clara",
    "Emil",
    "Frieda",
    "Hugo",
    "Ines",
    "Karl",
    "Lucie",
    "Marc",
    "Nadine",
    "Oskar",
    "Pauline",
    "Simon",
    "Vera",
]


class Feeling(NamedTuple):
    """One sentence in English, French and German; label one of 13 emotions."""

    label: str
    en: str
    fr: str
    de: str


def feelings() -> list[Feeling]:
    """Two halves of EMOTIONS_BY_LANGUAGE sentences: the first is meant for French, the second for German."""
    dice = Dice("emotions")
    labels = list(_SENTENCES)
    rows: list[Feeling] = []
    for _ in ("fr", "de"):
        half: dict[str, Feeling] = {}
        while len(half) < EMOTIONS_BY_LANGUAGE:
            label = labels[len(half) % len(labels)]
            sentence = dice.pick(_SENTENCES[label])
            names = (dice.pick(_WHO),) * 3
            clauses = fill_each(sentence, {"who": names})
            when = dice.pick(_WHEN)
            # Only names and German nouns keep a capital after the time; the clause starts in lower case in French.
            clauses = [clause if clause.startswith("I ") else clause[0].lower() + clause[1:] for clause in clauses]
            english, french, german = clauses
            texts = fill_each(
                ("{when}, {clause}.", "{when}, {clause}.", "{when} {clause}."),
                {"when": when, "clause": (english, _elide(french), german)},
            )
            half.setdefault(texts[0], Feeling(label, *texts))
        rows += dice.shuffled(list(half.values()))
    return rows


def _elide(text: str) -> str:
    """`text` with `de` elided before a name that starts with a vowel or a mute h."""
    for name in _WHO:
        if name[0] in "AEIOUH":
            text = text.replace(f" de {name}", f" d'{name}").replace(f" que {name}", f" qu'{name}")
    return text
