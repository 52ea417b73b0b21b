"""Files about organisations and services, in the forms the field uses: read into rows of ours, and written from them. No database here."""

from .reading import read_directory
from .rows import BodyRow, DirectoryRows, ServiceRow

__all__ = ["BodyRow", "DirectoryRows", "ServiceRow", "read_directory"]
