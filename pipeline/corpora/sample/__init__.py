"""The bundled sample: synthetic stand-ins for the nine corpora, with planted truths (see planted.py)."""
