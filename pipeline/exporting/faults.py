"""What keeps an export from being done although nothing of what was asked for is wrong."""


class ExportFault(Exception):
    """One sentence: predictions that differ from the recorded ones, or a folder that cannot be written."""
