"""The web processes: gunicorn, which leaves when the process that started it does, however that one ended.

python -m moothall.processes.web --bind 127.0.0.1:8000 --workers 2
"""

from __future__ import annotations

import sys

from gunicorn.app.wsgiapp import run

from .supervisor import leave_with_the_parent

SETTINGS = [
    "moothall.web.wsgi:application", "--worker-class", "gthread", "--threads", "6", "--log-level", "error", "--no-control-socket",
    "--max-requests", "20000", "--max-requests-jitter", "2000", "--timeout", "60", "--graceful-timeout", "8",
]  # fmt: skip


def main() -> None:
    """Further arguments are gunicorn's."""
    leave_with_the_parent()
    sys.argv = ["gunicorn", *SETTINGS, *sys.argv[1:]]
    run()


if __name__ == "__main__":
    main()
