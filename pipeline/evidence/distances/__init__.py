"""How far the corpus of a start is from a target, each distance beside the noise of two halves of one corpus."""
