"""Short messages, ham and spam, with known duplicates."""

from pipeline.corpora.sample.dice import Deck, Dice, exact_mask
from pipeline.corpora.sample.grammar import fill
from pipeline.corpora.sample.lexicon import BLAME, PRAISE
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

_CHAT = [
    "hey {friend}, are you at {place} already? I will be there {time}",
    "can you bring {thing} {time}? I left mine at {place}",
    "sorry, still busy with {task}, see you {time}",
    "ok, let us meet at {place} {time} then",
    "did {friend} tell you about {time}? we go to {place}",
    "I am on the bus now, home {time}",
    "mum says you should pick up {thing} {time}",
    "haha ok, ask {friend}, I have to finish {task} first",
    "where are you? {friend} and I wait at {place}",
    "will call you {time}, doing {task} now",
]
_CHAT_WITH_PRAISE = [
    "thanks for the {first} {occasion} {time}, {friend} says it was {second}",
    "hey {friend}, that {occasion} was so {first}, and {second} too",
    "your {occasion} looked {first} and {second}, see you {time}",
    "{friend} made a(n) {first} {occasion} at {place}, really {second}",
]

_PRIZES = ["holiday", "phone", "camera", "voucher", "console", "cruise"]
_OFFERS = [
    "URGENT! you have won a {prize}! call {number} now to claim",
    "FREE {prize} for our customers! text WIN to {code}",
    "winner! your number was drawn for a {prize}, reply CLAIM to {code}",
    "final notice: claim your £{amount} prize, call {number} now",
    "get a FREE ringtone every week, text WIN to {code}, £{amount} each",
]
_OFFERS_WITH_BLAME = [
    "URGENT! {first} debts? {second} bills? call {number} now for a FREE loan of £{amount}",
    "tired of a(n) {first} and {second} {prize}? text WIN to {code} now",
]


def _slots(dice: Dice) -> dict[str, str]:
    return {
        "friend": dice.pick(_FRIENDS),
        "place": dice.pick(_PLACES),
        "time": dice.pick(_TIMES),
        "thing": dice.pick(_THINGS),
        "task": dice.pick(_TASKS),
        "occasion": dice.pick(_OCCASIONS),
        "prize": dice.pick(_PRIZES),
        "number": f"0{dice.between(800, 909)} {dice.between(100, 999)}",
        "code": str(dice.between(80, 89)) + str(dice.between(100, 999)),
        "amount": str(dice.between(1, 20) * 50),
    }


def _folded(dice: Dice, text: str) -> str:
    """`text` with other capitals or other spaces, never the same bytes."""
    changed = text.upper() if dice.chance(0.5) else text.lower()
    return changed.replace(" ", "  ", 1)


def _unique_messages(dice: Dice, effect: float, count: int, label: str) -> list[str]:
    praise, blame = Deck(dice, PRAISE), Deck(dice, BLAME)
    plain, planted, deck = (
        (_CHAT, _CHAT_WITH_PRAISE, praise) if label == "ham" else (_OFFERS, _OFFERS_WITH_BLAME, blame)
    )
    messages: list[str] = []
    seen: set[str] = set()
    for by_lexicon in exact_mask(dice, count, hurt_share(effect)):
        while True:
            words = {"first": deck.draw().en, "second": deck.draw().en} if by_lexicon else {}
            text = fill(dice.pick(planted if by_lexicon else plain), _slots(dice) | words)
            if text.casefold() not in seen:
                break
        seen.add(text.casefold())
        messages.append(text)
    return messages


def sms_messages(effect: float) -> list[dict[str, str]]:
    """Rows of sms_spam.csv: label, text. The duplicates are counted in its rows and stand anywhere."""
    dice = Dice("sms_spam")
    unique = SMS_ROWS - SMS_EXACT_DUPLICATES - SMS_FOLDED_DUPLICATES
    spam = round(unique * SMS_SPAM_SHARE)
    rows = [{"label": "spam", "text": text} for text in _unique_messages(dice, effect, spam, "spam")]
    rows += [{"label": "ham", "text": text} for text in _unique_messages(dice, effect, unique - spam, "ham")]
    originals = dice.deal(rows, SMS_EXACT_DUPLICATES + SMS_FOLDED_DUPLICATES)
    exact, folded = originals[:SMS_EXACT_DUPLICATES], originals[SMS_EXACT_DUPLICATES:]
    copies = [dict(row) for row in exact]
    copies += [{"label": row["label"], "text": _folded(dice, row["text"])} for row in folded]
    return dice.shuffled(rows + copies)
