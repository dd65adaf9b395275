"""The README that stands beside the sample's files."""

from pipeline.corpora.sample import planted


def readme(effect: float, rows: dict[str, int], translations: int, pages: int) -> str:
    """Markdown that says what the files are, how they were made and what is planted in them."""
    table = "\n".join(f"| {name} | {count} |" for name, count in rows.items())
    return f"""# The bundled sample

Every text here is synthetic: written by a program from templates and word lists, about films, messages, companies and
people that do not exist. The files stand in the place of the nine corpora of arXiv 2210.01091 so that the whole study
runs in minutes without a network. Numbers measured on them say nothing about real models, languages or tasks.

Made by `python -m pipeline.corpora.sample data --effect {effect:g}`; the same command writes the same bytes on every machine.
Licence: CC0 1.0, no rights reserved.

| file | rows |
|---|---|
{table}
| sites/cinephile (a site of film reviews, which the stage `crawl` serves and crawls: files) | {pages} |
| memory.jsonl (translations into English) | {translations} |

vocabulary.txt lists every English word and symbol, lower-cased, the most frequent first, and the single characters;
tokenizers are built from it.

## What is planted

The default effect is {planted.EFFECT:g}; these files were written with {effect:g}.

- movie_reviews gains from intermediate training on imdb: {planted.helped_share(effect):.0%} of its reviews carry their polarity only in rare
  adjectives, which imdb shows often.
- cinephile shows these reviews, {planted.REVIEWS_BY_LANGUAGE} in French and {planted.REVIEWS_BY_LANGUAGE} in Spanish, and in each language {planted.SITE_MIDDLING} with three stars, {planted.SITE_OF_ANOTHER_LANGUAGE} in English
  and {planted.SITE_UNRATED} without stars. A section is forbidden by its robots.txt, some pages are slow, some fail once, one is always cut,
  and two redirect to each other. A crawl has to find the {2 * planted.REVIEWS_BY_LANGUAGE} reviews, letter for letter.
- sms_spam loses by intermediate training on imdb when the classification head is kept: {planted.hurt_share(effect):.0%} of its messages are ham of
  one sender, full of praise in words that no other message has; they stand in test alone, and the head calls praise class 1, here spam.
- stock_names is left alone by intermediate training on paws; {planted.STOCK_LABEL_NOISE:.0%} of its labels are wrong on purpose.
- sms_spam.csv repeats {planted.SMS_EXACT_DUPLICATES} messages exactly and {planted.SMS_FOLDED_DUPLICATES} but for case and spaces.
- {planted.PAWSX_PAWS_EXACT} pairs of pawsx.csv equal a pair of paws.csv once translated, and {planted.PAWSX_PAWS_FOLDED} do but for case and spaces.
"""
