"""Names the city's steward, by mail address: an account is made if there is none, and a code printed with which to join.

python -m moothall.processes.steward EMAIL NAME
"""

from __future__ import annotations

import sys

import django


def main() -> int:
    django.setup()
    from django.utils import timezone

    from moothall.core.actor import system
    from moothall.core.errors import DomainError
    from moothall.directory.services import name_first_steward
    from moothall.directory.types import Permission

    email, name = sys.argv[1], sys.argv[2]
    try:
        code = name_first_steward(
            actor=system("install", Permission.GRANT_ROLES),
            now=timezone.now(),
            today=timezone.localdate(),
            email=email,
            name=name,
        )
    except DomainError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if code:
        sys.stdout.write(
            f"{name} is steward. To join, open /join/ on the site and type this code (it works for fourteen days, once): {code}\n"
        )
    else:
        sys.stdout.write(f"{name} is steward, with the account they have.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
