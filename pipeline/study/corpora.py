"""Blocks of corpora: which files they come from, how these are read and how rows are divided."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from pipeline.study.base import Block, Count, Language, Revision, Sha256, Share, Task, Text, worded


class Split(Block):
    """How a corpus is divided; both shares are stratified by label."""

    test: Share
    """Share of the rows held out for testing (the paper: .30)."""
    dev: Share
    """Share of the remaining rows on which the epoch is selected."""
    seed: int
    """Seed of sampling and splitting."""


class Fields(Block):
    """Which columns of a file hold what."""

    text: Text
    label: str | None = None
    """The label's column; absent only where a file's `listing` makes the labels."""
    pair: str | None = None
    """The second text of a sentence pair."""
    language: str | None = None
    id: str | tuple[str, ...] | None = None
    """Column or columns that name a row for good; the row number where absent."""
    group: str | None = None
    """Rows of one group (reviews of one film, say) never stand in two parts of a split."""
    translation: str | None = None
    """A column with the file's own translation of `text`, used as translation memory."""
    translation_pair: str | None = None


RECORDS = Fields(text="text", label="label", id="id", language="language")
"""Columns of the records of a site; `title`, `url`, `rating` and `date` stand beside them."""


class Binarise(Block):
    """Two labels from a number."""

    at: float
    """The threshold."""
    below: Text
    """The label of numbers below `at`."""
    from_: Annotated[str, Field(alias="from", min_length=1)]
    """The label of numbers from `at` on."""


class ByHand(Block):
    """Where a person gets a file that no program may fetch: behind a login, or on request."""

    page: Text
    """The address of the page that offers it."""
    file: Text | None = None
    """What it is called there."""
    note: Text | None = None
    """What it takes: an account, a form, a conversion."""

    def mend(self, path: str) -> str:
        """What a person does to place the file at `path`."""
        file = self.file or "it"
        note = f" ({self.note})" if self.note else ""
        return f"get {file} at {self.page}{note} and put it at {path}"


class Companion(Block):
    """A second file whose rows belong to the rows of a source file that have the same id."""

    path: Text
    sha256: Sha256 | None = None
    where: dict[str, str | tuple[str, ...]] = Field(default_factory=dict)
    by_hand: ByHand | None = None
    id: str | tuple[str, ...]
    """Column or columns that hold what the source file's `fields.id` holds."""
    text: Text
    pair: str | None = None


class Listing(Companion):
    """A second list of the same things under other names, from which sentence pairs are made.

    Half of the source file's rows are paired with the text of the same id, half with that of another row near it in
    alphabetical order, so that a shared first word tells nothing.
    """

    same: Text
    """Label of two texts of one id."""
    different: Text
    """Label of the texts of two ids."""


class Annotations(Block):
    """Labels by hand, as `detour annotate CORPUS export` wrote them; they belong to the rows of a source file by id."""

    path: Annotated[
        str, worded(r"annotations/[a-z][a-z0-9_]*/labels\.csv", "annotations/CORPUS/labels.csv, as an export writes it")
    ]
    sha256: Annotated[str, worded(r"[0-9a-f]{64}|unpinned", "a SHA-256 of 64 hexadecimal digits, or unpinned")]
    """What the file hashes to, so that a corpus changes with an export and not with every key; `unpinned` until there is one."""
    rest: Literal["drop", "keep"] = "drop"
    """What happens to rows without a label by hand: they are left out, or keep the file's own label (`fields.label`)."""


class NamePairs(Block):
    """Sentence pairs made from a listing of securities: tickers and names, right and wrong (`pipeline.corpora.names`).

    `fields.text` is the column of the name. Files of a corpus that have this block are taken as one listing.
    """

    ticker: Text
    """The column of the ticker."""
    sector: Text | None = None
    """A column whose value companies that are easily mistaken for each other share."""
    same: Text
    """Label of pairs of one company."""
    different: Text
    """Label of pairs of two companies."""


class HubData(Block):
    """Splits of a data set of the Hugging Face hub: its Parquet files at one commit, never its code."""

    id: Text
    revision: Revision
    """The full commit hash, or `unpinned`."""
    config: Text | None = None
    """The configuration (subset); may be absent where the data set has one alone."""
    split: Annotated[tuple[Text, ...], Field(min_length=1)]
    """The splits that are read, in this order."""


class SourceFile(Block):
    """One source of a corpus: a file (`path`), splits of a data set of the hub (`hub`) or a crawled site (`site`)."""

    path: Text | None = None
    """CSV, JSON lines or a symbol directory of NASDAQ (.txt; all also .xz, .gz), or Parquet; relative to the main checkout."""
    hub: HubData | None = None
    site: Text | None = None
    """A key of `sites`, whose records are read; their columns need no `fields`."""
    by_hand: ByHand | None = None
    """Where to get the file of `path`, if it has to be placed by hand."""
    sha256: Sha256 | None = None
    """Required for a file outside the tree, which DVC does not track."""
    fields: Fields | None = None
    """Columns of this file, where they differ from the corpus's."""
    language: Language | None = None
    where: dict[str, str | tuple[str, ...]] = Field(default_factory=dict)
    """Rows are kept where each named column equals the value or one of the values."""
    map: dict[str, str] = Field(default_factory=dict)
    """From the file's labels to declared ones."""
    unmapped: Literal["refuse", "drop"] = "refuse"
    """What happens to a label that is neither declared nor mapped."""
    binarise: Binarise | None = None
    translations: Companion | None = None
    """Translations of this file's texts, used as translation memory."""
    listing: Listing | None = None
    """Makes the sentence pairs and their labels."""
    annotations: Annotations | None = None
    """Labels by hand, in the place of the file's own."""
    name_pairs: NamePairs | None = None
    """Makes the sentence pairs and their labels from this file alone."""
    sample: Count | None = None
    """Rows drawn from this file before duplicates are dropped, stratified by label."""

    @property
    def columns(self) -> Fields | None:
        """The columns that the file itself declares; those of records where it is a site."""
        return self.fields or (RECORDS if self.site is not None else None)

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(place is not None for place in (self.path, self.hub, self.site)) != 1:
            raise ValueError("it needs exactly one of path, hub and site")
        if self.path is None and self.by_hand is not None:
            raise ValueError("by_hand belongs to a path; files of the hub and pages of a site are fetched")
        if self.hub is not None and self.sha256 is not None:
            raise ValueError("sha256 belongs to a path; the revision says which content of the hub is meant")
        if self.site is not None and self.sha256 is not None:
            raise ValueError("sha256 belongs to a path; a site has an edition")
        return self


class CorpusSplit(Block):
    """How one corpus is divided, where that differs from the others."""

    pairs: Literal["together", "apart"] = "together"
    """Whether sentence pairs that share a sentence stay in one part; `apart` divides pairs one by one."""
    folds: Annotated[int, Field(ge=2, le=100)] | None = None
    """Cross-validation in the place of one test set: every seed trains a model for each fold and predicts every row once."""
    repeats: Annotated[int, Field(ge=1, le=100)] = 1
    """How many divisions into folds; seed number i takes division i modulo their number."""
    train_in: tuple[Language, ...] = ()
    """Languages, before any translation, whose rows train and select the epoch; every language where empty. With `[en]` a target of
    several languages is zero-shot: it is fine-tuned in English and tested in all of them."""
    test_in: tuple[Language, ...] = ()
    """Languages, before any translation, whose rows are tested; every language where empty."""


class Corpus(Block):
    """One labelled text collection with its provenance."""

    task: Task
    kind: Literal["intermediate", "domain", "crosslingual"]
    source: Annotated[tuple[SourceFile, ...], Field(min_length=1)]
    fields: Fields | None = None
    """Columns of every file that does not declare its own."""
    labels: Annotated[tuple[str, ...], Field(min_length=2)]
    """Label names in the order of their ids."""
    language: Language | None = None
    """Language of every row (ISO 639-1) where no file and no column says it."""
    translation: Literal["none", "to_english", "from_english"] = "none"
    into: tuple[Language, ...] = ()
    """With `from_english`: every English row once in each of these languages, in the place of `language`."""
    split: CorpusSplit = CorpusSplit()
    pair_ids: Text | None = None
    """A name for the numbering of its pairs: rows of two corpora that give one name here and have the same group (the same id
    where they have none) are one pair, in whatever language."""
    sample: Count | None = None
    """Rows drawn over all files before duplicates are dropped, stratified by label and language."""
    licence: Text
    citation: Text
