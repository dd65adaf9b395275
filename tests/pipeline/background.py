"""An HTTP server of a test that answers in a thread as long as a block lasts."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def in_background(server: http.server.HTTPServer) -> Iterator[str]:
    """Let a server answer; yields its address, without a path."""
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
