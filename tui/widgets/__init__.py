"""Widgets of the app, one file each."""
