"""Short messages, ham and spam, with known duplicates.

Spam boasts and chats grumble, each in a few words of the polarity lexicon, so that what the intermediate teaches fits them. One
sender praises in all the other words of praise and means no spam: that is where what it teaches misleads (`planted.hurt_share`).
"""

from collections.abc import Sequence

from pipeline.corpora.sample.dice import Deck, Dice
from pipeline.corpora.sample.grammar import fill
from pipeline.corpora.sample.lexicon import PRAISE
from pipeline.corpora.sample.planted import (
    SMS_EXACT_DUPLICATES,
    SMS_FOLDED_DUPLICATES,
    SMS_ROWS,
    SMS_SPAM_SHARE,
    hurt_share,
)

_FRIENDS = ["Mara", "Tom", "Priya", "Ben", "Lena", "Otis", "Ruth", "Sami", "Nell", "Jonas", "Ada", "Felix"]
_PLACES = ["the station", "the library", "the gym", "the park", "the office", "the market", "my place", "the bus stop"]
_TIMES = ["at six", "at half past seven", "after lunch", "tonight", "tomorrow morning", "on Sunday", "in ten minutes"]
_THINGS = ["your umbrella", "the keys", "some bread", "the notes", "a charger", "the tickets", "your jacket", "milk"]
_TASKS = ["the laundry", "my essay", "the dishes", "my shift", "the homework", "the shopping", "a nap"]
_OCCASIONS = ["dinner", "soup", "party", "walk", "sweater", "playlist", "lesson", "picnic", "haircut", "cake", "garden"]

_BRAGS = ["fabulous", "fantastic", "sensational", "incredible", "amazing", "perfect"]
"""Words of praise that spam uses all the time: what the intermediate knows of them fits."""
_GRIPES = ["boring", "tiresome", "awful", "exhausting", "messy", "dreadful"]
"""Words of blame that chats use all the time."""

_CHAT = [
    "hey {friend}, are you at {place} already? I will be there {time}",
    "can you bring {thing} {time}? I left mine at {place}",
    "sorry, still busy with {task}, so {gripe}, see you {time}",
    "ok, let us meet at {place} {time} then",
    "did {friend} tell you about the {gripe} evening? we go to {place}",
    "I am on the {gripe} bus now, home {time}",
    "mum says you should pick up {thing} {time}",
    "haha ok, ask {friend}, I have to finish {task} first, it is {gripe}",
    "where are you? {friend} and I wait at {place}",
    "will call you {time}, doing {task} now, {gripe} as ever",
]
_RAVES = [
    "that {occasion} of {friend} was {first}, {second}, {third} and {fourth}",
    "so {first} and {second} a(n) {occasion}, really {third} and {fourth}",
    "{friend} called the {occasion} {first}, {second}, {third}, even {fourth}",
    "the {occasion} was {first}, {second} and {third}, says {friend}, and {fourth}",
]
"""Messages of the sender who praises, in words that no other message uses."""

_PRIZES = ["holiday", "phone", "camera", "voucher", "console", "cruise"]
_OFFERS = [
    "WIN a(n) {brag} FREE {prize}! call {number} now! FREE!",
    "FREE {prize}, {brag}! text WIN to {code} now! FREE!",
    "call {number} now! {brag} FREE {prize} to WIN! FREE!",
    "{brag}! WIN £{amount}! call {number} now! FREE! WIN!",
    "FREE £{amount}, {brag}! text WIN to {code} now! FREE!",
    "{brag} and FREE! call {number} now! WIN a {prize}! WIN!",
]


_UNUSED = [word for word in PRAISE if word.en not in _BRAGS]


def _slots(dice: Dice) -> dict[str, str]:
    return {
        "friend": dice.pick(_FRIENDS),
        "place": dice.pick(_PLACES),
        "time": dice.pick(_TIMES),
        "thing": dice.pick(_THINGS),
        "task": dice.pick(_TASKS),
        "occasion": dice.pick(_OCCASIONS),
        "prize": dice.pick(_PRIZES),
        "brag": dice.pick(_BRAGS),
        "gripe": dice.pick(_GRIPES),
        "number": f"0{dice.between(800, 909)} {dice.between(100, 999)}",
        "code": str(dice.between(80, 89)) + str(dice.between(100, 999)),
        "amount": str(dice.between(1, 20) * 50),
    }


def _folded(dice: Dice, text: str) -> str:
    """`text` with other capitals or other spaces, never the same bytes."""
    changed = text.upper() if dice.chance(0.5) else text.lower()
    return changed.replace(" ", "  ", 1)


def _unique_messages(dice: Dice, templates: Sequence[str], count: int, deck: Deck | None = None) -> list[str]:
    messages: list[str] = []
    seen: set[str] = set()
    while len(messages) < count:
        words = {} if deck is None else {name: deck.draw().en for name in ("first", "second", "third", "fourth")}
        text = fill(dice.pick(templates), _slots(dice) | words)
        if text.casefold() not in seen:
            messages.append(text)
        seen.add(text.casefold())
    return messages


def sms_messages(effect: float) -> list[dict[str, str]]:
    """Rows of sms_spam.csv: sender, label, text; a sender is named where they wrote many. The duplicates are counted in its rows
    and stand anywhere.
    """
    dice = Dice("sms_spam")
    unique = SMS_ROWS - SMS_EXACT_DUPLICATES - SMS_FOLDED_DUPLICATES
    spam, raves = round(unique * SMS_SPAM_SHARE), round(unique * hurt_share(effect))
    chat = _unique_messages(dice, _CHAT, unique - spam - raves)
    # The larger group of the two goes into train, the other one into test; the margin is for duplicates.
    chatting, raving, chats = "family", "film club", round(1.3 * raves)
    rows = [_row("", "spam", text) for text in _unique_messages(dice, _OFFERS, spam)]
    rows += [_row(chatting if place < chats else "", "ham", text) for place, text in enumerate(chat)]
    rows += [_row(raving, "ham", text) for text in _unique_messages(dice, _RAVES, raves, Deck(dice, _UNUSED))]
    originals = dice.deal(rows, SMS_EXACT_DUPLICATES + SMS_FOLDED_DUPLICATES)
    exact, folded = originals[:SMS_EXACT_DUPLICATES], originals[SMS_EXACT_DUPLICATES:]
    copies = [dict(row) for row in exact]
    copies += [row | {"text": _folded(dice, row["text"])} for row in folded]
    return dice.shuffled(rows + copies)


def _row(sender: str, label: str, text: str) -> dict[str, str]:
    return {"sender": sender, "label": label, "text": text}
