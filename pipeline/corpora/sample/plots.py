"""Film plots in 27 genres: every plot has a neutral frame and two phrases of its genre."""

from pipeline.corpora.sample.dice import Dice
from pipeline.corpora.sample.grammar import fill
from pipeline.corpora.sample.planted import GENRE_ROWS

# Five phrases a genre that complete "... faces {phrase}".
_PHRASES = {
    "action": ["a rooftop chase", "a hail of bullets", "a stolen helicopter", "a squad of commandos", "a ticking bomb"],
    "adult": ["an erotic affair", "a night of lust", "a nude model", "a swingers club", "forbidden desires"],
    "adventure": ["a treasure map", "an uncharted jungle", "a perilous expedition", "a lost temple", "a raft on wild rapids"],
    "animation": ["talking toys", "a cartoon rabbit", "singing teapots", "a hand drawn fox", "a clay penguin"],
    "biography": ["the early life of a painter", "the rise of a famous chemist", "a statesman and his memoirs",
                  "the true career of a composer", "the biographer of a queen"],
    "comedy": ["a hilarious mix up", "two bumbling plumbers", "a goofy roommate", "an awkward prank", "a runaway wedding cake"],
    "crime": ["a bank heist", "a mafia boss", "a gang of smugglers", "a corrupt detective", "a diamond robbery"],
    "documentary": ["interviews with fishermen", "archive footage of glaciers", "an investigation of plastic waste",
                    "a portrait of farmers", "experts on climate"],
    "drama": ["a painful divorce", "a dying father", "grief and forgiveness", "a broken marriage", "an estranged daughter"],
    "family": ["a puppy and its children", "a summer camp", "a grandfather with a pony", "a birthday for the whole household",
               "siblings and a tree house"],
    "fantasy": ["a wizard and his dragon", "an enchanted sword", "elves of the realm", "a cursed kingdom", "a magic prophecy"],
    "game_show": ["contestants and a jackpot", "quiz questions for cash", "a host with a buzzer", "a wheel of prizes",
                  "a round of trivia"],
    "history": ["the fall of an empire", "a medieval court", "the revolution of the peasants", "a royal dynasty",
                "an ancient senate"],
    "horror": ["a haunted asylum", "a bloodthirsty vampire", "zombies in the cellar", "a demonic doll", "a masked slasher"],
    "music": ["a concert tour", "a guitarist in the studio", "a live album", "a band and its drummer", "a jazz quartet"],
    "musical": ["a broadway chorus", "song and dance numbers", "tap dancing sailors", "a showgirl on stage", "an operetta duet"],
    "mystery": ["an unsolved riddle", "a sleuth with a clue", "a vanished heiress", "a locked room", "a cryptic diary"],
    "news": ["breaking headlines", "a bulletin by the anchor", "a reporter with daily updates", "correspondents at the summit",
             "a broadcast of current affairs"],
    "reality_tv": ["housemates on camera", "an eviction by the viewers", "celebrities in a villa", "a makeover by stylists",
                   "bachelors and roses"],
    "romance": ["a kiss in the rain", "secret sweethearts", "a blossoming courtship", "a proposal at sunset",
                "two lovers and their vows"],
    "sci_fi": ["an alien spaceship", "a robot uprising", "a time machine", "a colony on mars", "a galactic wormhole"],
    "short": ["a student film of ten minutes", "a single wordless shot", "a vignette in one take", "an experimental loop",
              "a brief sketch"],
    "sport": ["a championship match", "a boxing coach", "an underdog team", "a marathon runner", "a football league"],
    "talk_show": ["a couch for guests", "late night monologues", "a chat with comedians", "an audience and its applause",
                  "celebrity gossip at the desk"],
    "thriller": ["a deadly conspiracy", "a stalker in the shadows", "a kidnapped witness", "a hostage ultimatum",
                 "an assassin in pursuit"],
    "war": ["soldiers in the trenches", "a platoon at the front", "an air raid", "a battalion under siege",
            "a general and his troops"],
    "western": ["a sheriff and outlaws", "cowboys at the saloon", "a stagecoach ambush", "a gunslinger in the desert",
                "cattle on the prairie"],
}  # fmt: skip

# The real collection is led by drama, documentary, comedy and short films.
_WEIGHTS = {"drama": 6, "documentary": 6, "comedy": 4, "short": 3, "horror": 2, "thriller": 2, "action": 2}

_HEROES = ["a young baker", "a retired nurse", "a stubborn mechanic", "a shy clerk", "a widow", "an orphan", "a lonely ferryman",
           "a gifted pupil", "a tired postman", "an ambitious lawyer"]  # fmt: skip
_SETTINGS = ["in a harbor town", "in the north", "near the border", "on a remote island", "in the suburbs",
             "in a valley", "in a crowded city", "at the edge of a forest"]  # fmt: skip
_PLOTS = [
    "{hero} {setting} meets {first}, and then {second}.",
    "{setting}, {hero} finds {first}. What follows is {second}.",
    "this is the tale of {hero} {setting}: {first}, and later {second}.",
    "after {first}, {hero} must come to terms with {second} {setting}.",
    "{hero} returns {setting} and discovers {first} beside {second}.",
    "for {hero}, everything changes with {first}; nobody {setting} expected {second}.",
]
_TITLE_FIRST = ["Beyond", "Under", "After", "Before", "Against", "Beneath", "Without", "Toward"]
_TITLE_SECOND = [
    "the Hill",
    "the Tide",
    "Midnight",
    "the Wall",
    "Harvest",
    "the Lantern",
    "Tomorrow",
    "the Frost",
    "Silence",
]


def genre_plots() -> list[dict[str, str]]:
    """Rows of imdb_genres.csv: title, description, genre. Every genre has at least 30 plots."""
    dice = Dice("imdb_genres")
    weighted = [genre for genre in _PHRASES for _ in range(_WEIGHTS.get(genre, 1))]
    rows = []
    for place in range(GENRE_ROWS):
        genre = weighted[place % len(weighted)]
        first, second = dice.deal(_PHRASES[genre], 2)
        slots = {"hero": dice.pick(_HEROES), "setting": dice.pick(_SETTINGS), "first": first, "second": second}
        title = f"{dice.pick(_TITLE_FIRST)} {dice.pick(_TITLE_SECOND)} ({dice.between(1950, 2022)})"
        rows.append({"title": title, "description": fill(dice.pick(_PLOTS), slots), "genre": genre})
    return dice.shuffled(rows)
