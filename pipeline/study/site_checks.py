"""What types cannot say of `sites`: whether they and the corpora agree, and whether addresses and patterns make sense."""

import re
from collections.abc import Iterable
from itertools import combinations
from urllib.parse import urlsplit

from pipeline.study.blocks import Study
from pipeline.study.sites import Crawl, Extract
from pipeline.study.words import choose, short

RESERVED_HOSTS = (".example", ".test")
"""Ends of names that can never be a real host (RFC 2606)."""


def faults_of_sites(study: Study) -> Iterable[str]:
    """Every fault of the sites, in the order of the file."""
    for key, site in study.sites.items():
        yield from _faults_of_corpus(study, key, site.corpus)
        yield from _faults_of_crawl(f"sites.{key}.crawl", site.crawl)
        yield from _faults_of_extract(f"sites.{key}.extract", site.extract, study.corpora[site.corpus].labels)
    for key, corpus in study.corpora.items():
        named = [file.site for file in corpus.source if file.site is not None]
        for index, file in enumerate(corpus.source):
            if file.site is not None:
                yield from _faults_of_source(study, key, f"corpora.{key}.source.{index}.site", file.site, named)


def _faults_of_corpus(study: Study, key: str, corpus: str) -> Iterable[str]:
    if corpus not in study.corpora:
        yield f"sites.{key}.corpus is '{corpus}', not a key of corpora; {choose(corpus, study.corpora)}"
    elif all(file.site != key for file in study.corpora[corpus].source):
        yield f"sites.{key} is named by no source of corpora.{corpus}; add {{site: {key}}} there, or remove the site."


def _faults_of_source(study: Study, corpus: str, place: str, site: str, named: list[str]) -> Iterable[str]:
    if site not in study.sites:
        yield f"{place} is '{site}', not a key of sites; {choose(site, study.sites)}"
    elif study.sites[site].corpus != corpus:
        yield f"{place} is '{site}', which feeds {study.sites[site].corpus}; a site feeds one corpus, so give it a block of its own."
    elif named.count(site) > 1:
        yield f"{place}: '{site}' is named by two sources; remove one of them."


def _faults_of_crawl(place: str, crawl: Crawl) -> Iterable[str]:
    for address in crawl.start:
        yield from _faults_of_address(f"{place}.start", address, crawl.bundled is not None)
    for name, values in (("start", crawl.start), ("follow", crawl.follow)):
        for value in values:
            if values.count(value) > 1:
                yield f"{place}.{name} lists {short(value)} twice; remove one of them."
    for name, patterns in (("allow", crawl.allow), ("deny", crawl.deny)):
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                yield f"{place}.{name} holds {short(pattern)}, which is no regular expression ({error}); mend it."


def _faults_of_address(place: str, address: str, is_bundled: bool) -> Iterable[str]:
    parts = _split(address)
    if parts is None:
        yield f"{place} holds {short(address)}; give a whole address such as https://www.example.org/reviews/."
    elif is_bundled and (not parts[1].endswith(RESERVED_HOSTS) or parts[0] != "http"):
        yield (
            f"{place} holds {short(address)}; a bundled site is served under a name that can be no real host, such as "
            "http://films.example/."
        )


def _split(address: str) -> tuple[str, str] | None:
    """Scheme and host of an address; None where it is not one that can be asked."""
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or not address.isprintable():
        return None
    return parts.scheme, parts.hostname


def _faults_of_extract(place: str, extract: Extract, labels: tuple[str, ...]) -> Iterable[str]:
    for label, (low, high) in extract.ratings.items():
        if label not in labels:
            yield f"{place}.ratings makes the label '{label}', which its corpus does not declare; {choose(label, labels)}"
        if low > high:
            yield f"{place}.ratings.{label} is [{low:g}, {high:g}]; give the lowest rating first."
    for (one, (low, high)), (other, (least, most)) in combinations(extract.ratings.items(), 2):
        if low <= most and least <= high:
            yield f"{place}.ratings.{one} and .{other} share ratings; let their ranges not meet."
    for language in extract.languages:
        if extract.languages.count(language) > 1:
            yield f"{place}.languages lists '{language}' twice; remove one of them."
