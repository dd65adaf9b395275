"""Runs: from a plan to a recorded experiment."""
