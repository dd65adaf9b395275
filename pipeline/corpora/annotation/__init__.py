"""Labels by hand: what annotators give, how far they agree, and what a corpus takes of it.

Everything is text in git, one folder a corpus:

    annotations/schemes/SCHEME.yaml         labels, the key that gives each, what each means
    annotations/CORPUS/session.json         which texts, in which order: the same for every annotator
    annotations/CORPUS/ANNOTATOR.csv        id,label,note: one file an annotator, in the session's order
    annotations/CORPUS/adjudicated.csv      id,label,note,by: what was decided where two annotators differ
    annotations/CORPUS/labels.csv           id,label,origin,text: what was exported, read by `collect`

A row without a label was looked at and skipped; an id without a row was not looked at. Texts stay in the corpus: these files hold
their ids and hashes, so that a label never moves to another text unnoticed.

`scheme`, `session`, `labels` and `pairing` load no more than the standard library and the study: the app imports them, since it
saves after every key. Texts, kappa and export are answers of `python -m pipeline.corpora.annotation`, as JSON.
"""
