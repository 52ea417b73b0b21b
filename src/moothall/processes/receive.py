"""Takes one message from standard input, for a mail server's pipe: stored, or handed back to be tried again.

python -m moothall.processes.receive [RECIPIENT]

Exit codes as mail servers read them (sysexits.h): 0 it is stored; 75 not now, try again later. Never another: a message that is
refused for good is a message lost.
"""

from __future__ import annotations

import sys

DONE, TRY_AGAIN = 0, 75


def main() -> int:
    raw = sys.stdin.buffer.read()
    try:
        import django

        django.setup()
        from django.utils import timezone

        from moothall.core import inbox  # models are there only now

        inbox.receive(raw, timezone.now(), recipient=sys.argv[1] if len(sys.argv) > 1 else "")
    except Exception as error:  # noqa: BLE001  whatever stands in the way, the mail server keeps the message
        sys.stderr.write(f"The message could not be stored ({type(error).__name__}); try again later.\n")
        return TRY_AGAIN
    return DONE


if __name__ == "__main__":
    sys.exit(main())
