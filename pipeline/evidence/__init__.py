"""Statistics and the gains computed from cell records."""
