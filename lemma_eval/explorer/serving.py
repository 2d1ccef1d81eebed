"""The local server: one port of 127.0.0.1, told to its user once it answers."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from lemma_eval.errors import MissingExtraError, UsageError

HOST = "127.0.0.1"  # never another: runs are shown without a password


def serve(folders: Sequence[Path], port: int, ready: Callable[[str], None]) -> None:
    """Show the runs in `folders` until Ctrl-C; `port` 0 takes a free one. `ready` is told the address.

    Raises RunError for a folder without a run and UsageError for a port that is taken.
    """
    try:
        import uvicorn
    except ModuleNotFoundError as error:
        raise MissingExtraError("lemma-eval view", "explorer", error.name or "uvicorn") from None
    from lemma_eval.explorer.app import application
    from lemma_eval.explorer.runs import explored

    with explored(folders) as runs, _bound(port) as listening:
        config = uvicorn.Config(
            application(runs),
            log_level="error" if os.environ.get("LEMMA_EVAL_DEBUG") else "critical",  # a fault has its page
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=2,
        )
        address = f"http://{HOST}:{listening.getsockname()[1]}/"
        server = uvicorn.Server(config)
        telling = threading.Thread(target=_tell, args=(server, lambda: ready(address)), daemon=True)
        telling.start()
        server.run(sockets=[listening])


def _tell(server: object, ready: Callable[[], None]) -> None:
    import time

    while not getattr(server, "started", False):
        if getattr(server, "should_exit", False):
            return
        time.sleep(0.01)
    ready()


def _bound(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError as error:
        listening.close()
        raise UsageError(f"port {port} cannot be used ({error.strerror}); give another --port, or none") from None
    return listening
