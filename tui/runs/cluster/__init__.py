"""Runs on a Ray cluster whose workers share nothing with this machine but a git remote and a DVC remote."""
