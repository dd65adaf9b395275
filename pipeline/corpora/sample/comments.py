"""Online comments with the 28 emotions of GoEmotions: a phrase of the emotion in a neutral frame."""

from pipeline.corpora.sample.dice import Dice
from pipeline.corpora.sample.grammar import fill
from pipeline.corpora.sample.planted import GOEMOTIONS_ROWS

# Three sentences an emotion; the label names are those of Demszky et al. 2020.
_PHRASES = {
    "admiration": [
        "I really admire how well this was done",
        "what an impressive piece of skill",
        "respect, this is top work",
    ],
    "amusement": ["lol this cracked me up", "haha that joke was comedy", "lmao I cannot stop laughing"],
    "anger": ["I am furious, screw them", "this makes my blood boil with rage", "shut up, I hate these liars"],
    "annoyance": ["ugh, so annoying", "stop it already, this bugs me", "this constant whining irritates me"],
    "approval": ["I agree, that is the right call", "yes, exactly, good point", "fully support that choice"],
    "caring": [
        "take care of yourself and stay safe",
        "please rest, hugs from me",
        "I hope you heal, we look after you",
    ],
    "confusion": ["I do not understand, huh", "wait, I am confused by all of it", "this makes no sense to me"],
    "curiosity": ["I wonder how it works", "curious, could you tell us more", "any source on that? I want to know why"],
    "desire": ["I wish I could have one", "I want this so badly", "craving a slice right now"],
    "disappointment": ["what a letdown", "I expected better, sadly it flopped", "disappointed after so much hype"],
    "disapproval": ["I disagree, that is not acceptable", "no, they should not do that", "bad idea, I am against it"],
    "disgust": ["yuck, that is gross", "eww, it makes me vomit", "revolting, it smells foul"],
    "embarrassment": ["so embarrassing, my face went red", "I cringe at my own post", "awkward, I blushed"],
    "excitement": ["I am so hyped for this", "woohoo, cannot wait", "so pumped, let us go"],
    "fear": ["I am terrified of it", "this is scary, I dread the dark", "afraid to open the door"],
    "gratitude": ["thank you so much", "thanks, I appreciate the help", "grateful for your reply"],
    "grief": ["rest in peace, old friend", "I mourn her death every day", "we buried him, I still weep at the grave"],
    "joy": ["I am so glad and smiling", "yay, pure happiness", "this delighted me, what a merry day"],
    "love": ["I love you all", "my darling, I adore her", "we are in love with it"],
    "nervousness": ["I am anxious about tomorrow", "so nervous, my hands shake", "worried and stressed about it"],
    "optimism": ["I hope it will get better", "fingers crossed, hopefully soon", "things will improve, I have faith"],
    "pride": ["so proud of my team", "I did it myself, proudly", "an honor, our greatest achievement"],
    "realization": ["oh, I just realized it", "now it dawned on me", "turns out I never noticed"],
    "relief": ["phew, that was close", "what a relief, it is over", "finally I can breathe again"],
    "remorse": ["I am sorry, my fault", "I apologize, I regret it", "forgive me, I feel guilty"],
    "sadness": ["this is so sad, I cry", "I feel lonely and down", "heartbroken and in tears"],
    "surprise": ["wow, I did not see that coming", "omg, what a shock", "unexpected, I am speechless"],
    "neutral": ["the bus leaves from the other side", "there is a list in the sidebar", "it was posted last week"],
}
# Neutral is the most frequent label of the real collection, and admiration, approval and gratitude follow.
_WEIGHTS = {"neutral": 6, "admiration": 2, "approval": 2, "gratitude": 2}

_FRAMES = [
    "{phrase}, {name}.",
    "{phrase}. {remark}.",
    "{remark}. {phrase}!",
    "about {topic}: {phrase}.",
    "{phrase}, says {name} about {topic}.",
    "{name} wrote about {topic}. {phrase}.",
]
_NAMES = ["[NAME]", "dude", "my brother", "the op", "my boss", "someone here", "our teacher", "the mod"]
_TOPICS = ["the game", "the new season", "that recipe", "the election", "this photo", "the update", "my cat", "the match",
           "the bike", "this thread"]  # fmt: skip
_REMARKS = ["just saw the video", "read the whole thread", "it is monday", "same here in the office", "my cat sat on the phone",
            "happened to my brother too", "first comment ever"]  # fmt: skip


def emotion_comments() -> list[dict[str, str]]:
    """Rows of goemotions.csv: text, label."""
    dice = Dice("goemotions")
    weighted = [label for label in _PHRASES for _ in range(_WEIGHTS.get(label, 1))]
    rows = []
    for place in range(GOEMOTIONS_ROWS):
        label = weighted[place % len(weighted)]
        slots = {
            "phrase": dice.pick(_PHRASES[label]),
            "name": dice.pick(_NAMES),
            "topic": dice.pick(_TOPICS),
            "remark": dice.pick(_REMARKS),
        }
        rows.append({"text": fill(dice.pick(_FRAMES), slots), "label": label})
    return dice.shuffled(rows)
