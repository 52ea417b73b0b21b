"""`python -m moothall` is the same as the `moothall` command."""

import sys

from .cli.__main__ import main

sys.exit(main())
