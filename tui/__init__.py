"""The command `detour`: history, runs and the terminal app; loads no torch."""
