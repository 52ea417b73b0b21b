"""Something fetched from an address that somebody gave: only from public addresses, looked up and pinned at each hop, within a time and a size.

Whoever gives an address must not reach what only this machine or its network can (OWASP, server-side request forgery). So the name is
looked up once for each hop, every answer must be a public address, and the connection goes to exactly the one that was looked at.
Proxies of the environment are not used.
"""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
import zlib
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from .errors import DomainError

HOPS = 5
SECONDS = 15.0
MOST = 5_000_000
PORTS = {"http": 80, "https": 443}
REDIRECTS = (301, 302, 303, 307, 308)
NAT64 = ipaddress.ip_network("64:ff9b::/96")
AGENT = "Moothall (fetches public calendars)"


class CannotFetch(DomainError):
    """Nothing could be fetched from there; the message says why."""


@dataclass(frozen=True, slots=True)
class Fetched:
    content: bytes
    media_type: str
    url: str
    """Where it was in the end."""


def fetch(url: str, *, accept: str, most: int = MOST, seconds: float = SECONDS) -> Fetched:
    """What stands at a web address, following at most HOPS redirects. Raises CannotFetch."""
    deadline = time.monotonic() + seconds
    for _hop in range(HOPS + 1):
        parts = _parts(url)
        try:
            status, headers, content = _get(parts, accept, most, deadline)
        except (OSError, http.client.HTTPException, zlib.error, ValueError) as error:
            if time.monotonic() >= deadline:
                raise CannotFetch(_("%(host)s took too long.") % {"host": parts.hostname}) from error
            raise CannotFetch(_("%(host)s could not be reached (%(what)s).") % {"host": parts.hostname, "what": type(error).__name__}) from error  # fmt: skip
        if status in REDIRECTS and headers.get("location"):
            url = urljoin(url, headers["location"])
            continue
        if status != 200:
            raise CannotFetch(_("%(host)s answered %(status)d.") % {"host": parts.hostname, "status": status})
        return Fetched(content, headers.get("content-type", "").partition(";")[0].strip().lower(), url)
    raise CannotFetch(_("It leads on and on to other addresses."))


def _parts(url: str) -> SplitResult:
    """Raises CannotFetch for what is no plain web address."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
        good = parts.scheme in PORTS and bool(parts.hostname) and parts.username is None and parts.password is None
        usual = port is None or port == PORTS.get(parts.scheme) or _trusted(parts)
    except ValueError:
        good = usual = False
        parts = SplitResult("", "", "", "", "")
    if not good or len(url) > 2000 or any(ord(each) < 33 for each in url.strip()):
        raise CannotFetch(_("That is not an address on the web: write it as https://example.org/calendar.ics."))
    if not usual:
        raise CannotFetch(_("Only the usual ports of the web are asked (80 and 443)."))
    return parts


def _trusted(parts: SplitResult) -> bool:
    """Hosts of the operator's own network that may be asked (MOOTHALL_FETCH_TRUSTED)."""
    return f"{parts.hostname}:{parts.port or PORTS[parts.scheme]}" in settings.FETCH_TRUSTED


def _get(parts: SplitResult, accept: str, most: int, deadline: float) -> tuple[int, dict[str, str], bytes]:
    host, port = str(parts.hostname), parts.port or PORTS[parts.scheme]
    address = _public_address(host, port, deadline, trusted=_trusted(parts))
    left = max(0.1, deadline - time.monotonic())
    connection = socket.create_connection((address, port), timeout=left)
    line = [connection]
    over = threading.Timer(left, _hang_up, [line])  # a server that sends a byte now and then is hung up on too
    over.daemon = True
    over.start()
    try:
        if parts.scheme == "https":
            secure = ssl.create_default_context()
            wrapped = secure.wrap_socket(connection, server_hostname=host, do_handshake_on_connect=False)
            connection = line[0] = wrapped
            wrapped.do_handshake()
        asked = http.client.HTTPConnection(host, port)
        asked.sock = connection
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        asked.request("GET", path, headers={"Accept": accept, "Accept-Encoding": "gzip, identity", "User-Agent": AGENT})
        answer = asked.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        content = answer.read(most + 1) if answer.status == 200 else b""
        if time.monotonic() >= deadline:
            raise TimeoutError  # the line was cut: what came until then would pass for the whole
        if headers.get("content-encoding", "").lower() in ("gzip", "deflate"):
            content = zlib.decompressobj(47).decompress(content, most + 1)
    finally:
        over.cancel()
        connection.close()
    if len(content) > most:
        raise CannotFetch(_("What stands there is larger than %(most)d MB.") % {"most": most // 1_000_000})
    return answer.status, headers, content


def _hang_up(line: list[socket.socket]) -> None:
    try:
        line[0].shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _public_address(host: str, port: int, deadline: float, *, trusted: bool) -> str:
    """The address to connect to. Every one the name has must be public: one that is not is a trap. Raises CannotFetch."""
    found: list[str] = []
    errors: list[OSError | UnicodeError] = []

    def look_up() -> None:
        try:
            found.extend(str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            errors.append(error)

    looking = threading.Thread(target=look_up, daemon=True)
    looking.start()
    looking.join(max(0.1, deadline - time.monotonic()))
    if not found:
        raise CannotFetch(_("The name %(host)s leads nowhere.") % {"host": host})
    if not trusted and not all(map(is_public, found)):
        raise CannotFetch(_("%(host)s is not on the public internet, so nothing is fetched from there.") % {"host": host})  # fmt: skip
    return found[0]


def is_public(text: str) -> bool:
    """Whether an address, as digits, is one of the public internet: not of a machine, a local network, or wrapped around one of those."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(str(address.ipv4_mapped))
        if address.sixtofour is not None or address.teredo is not None or address in NAT64:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved and not address.is_unspecified
