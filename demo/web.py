"""The demo's web server: gunicorn, which leaves when the process that started it does, however that one ended."""

from __future__ import annotations

import os
import signal
import sys
import threading

from gunicorn.app.wsgiapp import run


def main() -> None:
    """Arguments are gunicorn's. Standard input is a pipe from the parent: its end is the parent's end."""
    threading.Thread(target=_leave_with_the_parent, args=(os.getpid(),), daemon=True).start()
    sys.argv[0] = "gunicorn"
    run()


def _leave_with_the_parent(pid: int) -> None:
    while os.read(0, 1):
        pass
    os.kill(pid, signal.SIGTERM)


if __name__ == "__main__":
    main()
