"""One module for each command of `detour`."""
