import sys

from .cli.__main__ import main

if __name__ == "__main__":  # a process that plans a part of a city loads this file too
    sys.exit(main())
