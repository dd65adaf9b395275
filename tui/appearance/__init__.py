"""How the app looks and which keys it listens to on this terminal, for this person."""
