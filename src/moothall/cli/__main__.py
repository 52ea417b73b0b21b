"""`moothall`: reads the arguments, runs one command, turns what goes wrong into one sentence and an exit code.

Exit codes: 0 done; 1 checked, and the plan breaks a rule; 2 bad input or use. Never a traceback, unless MOOTHALL_DEBUG is set.
"""

from __future__ import annotations

import io
import os
import sys

DONE, INFEASIBLE, BAD = 0, 1, 2


def main(argv: list[str] | None = None) -> int:
    try:
        return run(argv)
    except KeyboardInterrupt:
        return refuse("Stopped at once: nothing was written.")


def run(argv: list[str] | None) -> int:
    # Loaded here, inside `main`'s try: loading takes a third of a second, in which a Ctrl-C must not end in a traceback.
    from ..core.errors import DomainError
    from ..planner.errors import PlannerError
    from .arguments import parser

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without a pound sign still gets its answer
    arguments = parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
        return code
    except (PlannerError, DomainError) as error:
        return refuse(str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except MemoryError:
        return refuse("There is not enough memory for this city. Use a larger machine, or a smaller city.")
    except OSError as error:
        return refuse(f"{error.filename or 'A file'}: {error.strerror or error}.")
    except Exception as error:
        if os.environ.get("MOOTHALL_DEBUG"):
            raise
        return refuse(
            f"Moothall itself failed ({type(error).__name__}: {error}). Set MOOTHALL_DEBUG=1 to see where, and report it please."
        )


def refuse(message: str) -> int:
    print(message, file=sys.stderr)
    return BAD


if __name__ == "__main__":
    sys.exit(main())
