"""The one error that a user may cause.

`InputError` is raised for every fault of input: a key of params.yaml, a row of a corpus, a file, a model folder. Its message is
one sentence that says what is wrong, where (file, key or row) and what mends it. Stages and `detour` print it and exit with
status 2; every other exception is a fault of the project and keeps its traceback.
"""


class InputError(Exception):
    """A fault of input, told in one sentence: what, where, and the mend."""
