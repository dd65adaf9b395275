"""What was pressed in the app, kept as events and played again: for reports of faults, demonstrations and pictures.

A recording is JSON lines. The first says with which version and terminal size it began; every other is one event with the seconds
since then: a key, a click, pasted text, another size of the terminal. It holds what was typed, notes and labels too, and nothing that
stood on the screen.
"""
