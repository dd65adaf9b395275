"""Labelled text collections: from source files to train, dev and test."""
