"""Opening the app as fast as it can be: what its first frame does not need waits."""

import gc


def open_at_once() -> int:
    """Run the app until it is left; its exit status."""
    # Importing makes many objects and drops few: looking through them again and again is a tenth of the way to the first frame. The
    # app turns it on again (`DetourApp.open_study`).
    gc.disable()
    from tui.app import open_app

    return open_app()
