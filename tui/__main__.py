"""`python -m tui` is `detour`."""

from tui.cli import main

main()
