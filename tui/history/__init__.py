"""Experiments as read from git."""
