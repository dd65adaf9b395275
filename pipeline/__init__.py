"""The science: corpora, training, evidence and reports, with no terminal code."""
