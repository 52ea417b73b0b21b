"""What somebody gives an address for is fetched from the public internet only: never from this machine or its network, whatever the address
looks like, wherever it leads on to."""

from __future__ import annotations

import gzip
import http.server
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from django.test import override_settings

from moothall.core.fetch import CannotFetch, fetch, is_public

ACCEPT = "text/calendar"


class Canary(http.server.ThreadingHTTPServer):
    """Counts who comes."""

    def __init__(self) -> None:
        self.visits: list[str] = []
        super().__init__(("127.0.0.1", 0), Answer)

    def finish_request(self, request: object, client_address: object) -> None:
        self.visits.append(str(client_address))
        super().finish_request(request, client_address)  # type: ignore[arg-type]


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.startswith("/to?"):
            self.send_response(302)
            self.send_header("Location", self.path[4:])
            self.end_headers()
            return
        self.send_response(404 if self.path == "/none" else 200)
        body = gzip.compress(b"0" * 50_000_000) if self.path == "/bomb" else b"1" * 6_000_000 if self.path == "/big" else b"BEGIN"  # fmt: skip
        self.send_header("Content-Type", "text/calendar; charset=utf-8")
        if self.path == "/bomb":
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(500 if self.path == "/drip" else len(body)))
        self.end_headers()
        try:
            if self.path == "/drip":
                for byte in body * 100:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(0.2)
            self.wfile.write(body)
        except OSError:
            return

    def log_message(self, *_args: object) -> None:
        return


@pytest.fixture
def canary() -> Iterator[Canary]:
    server = Canary()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def hostile(port: int) -> list[str]:
    """Two hundred ways to say this machine, its network, or something that is no web address."""
    local = [
        "127.0.0.1", "127.1", "127.0.1", "0.0.0.0", "0", "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7f.1", "017700000001", "0177.0.0.1", "0177.1", "127.0.0.1.", "127.127.127.127",
        "localhost", "LOCALHOST", "localhost.", "localhost.localdomain", "ip6-localhost", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:0001]",
        "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[fe80::1]", "[fc00::1]", "[fd12:3456::1]", "[ff02::1]", "[fec0::1]",
        "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.1.254", "169.254.169.254", "169.254.170.2", "100.64.0.1", "100.127.255.254",
        "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "[::ffff:10.0.0.1]", "[::ffff:169.254.169.254]",
        "①②⑦.⓪.⓪.①", "１２７.０.０.１", "127。0。0。1", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "[fe80::1%25lo]", "[::ffff:0:127.0.0.1]", "3232235521", "0xa9fea9fe", "0251.0376.0251.0376", "[2001:db8::1]", "[100::1]",
    ]  # fmt: skip
    found = [f"http://{each}:{port}/" for each in local] + [f"http://{each}/" for each in local] + [f"https://{each}/latest/meta-data/" for each in local[:40]]  # fmt: skip
    found += [
        "file:///etc/passwd", "file://localhost/etc/passwd", "gopher://127.0.0.1:25/_HELO", "ftp://127.0.0.1/", "dict://127.0.0.1:11211/stat", "ldap://127.0.0.1/", "jar:http://127.0.0.1!/",
        f"http://example.org@127.0.0.1:{port}/", f"http://127.0.0.1:{port}@example.org/", f"http://user:word@127.0.0.1:{port}/", f"http://example.org:80@127.0.0.1:{port}/",
        f"http://127.0.0.1:{port}#@example.org/", f"http://127.0.0.1:{port}\\@example.org/", "//127.0.0.1/", "127.0.0.1", "", " ", "http://", "http:///x", "http://:80/", "https://[", "http://[::1", "http://x y/",
        f"http://127.0.0.1:{port}\r\nHost: example.org", "http://example.org:99999/", "http://example.org:22/", "http://example.org:6379/", "javascript:alert(1)", "data:text/calendar,BEGIN", "http://" + "a" * 3000 + "/",
    ]  # fmt: skip
    return found


def test_of_two_hundred_hostile_addresses_none_reaches_this_machine(canary: Canary) -> None:
    port = canary.server_address[1]
    addresses = hostile(port)
    assert len(addresses) >= 200
    for address in addresses:
        with pytest.raises(CannotFetch, match=r"\w{3}"):
            fetch(address, accept=ACCEPT, seconds=3)
    assert canary.visits == []


@pytest.mark.parametrize("to", ["http://127.0.0.1:{port}/", "http://169.254.169.254/", "file:///etc/passwd", "//localhost:{port}/", "http://[::1]:{port}/", "/to?/to?/to?/to?/to?/to?/x"])  # fmt: skip
def test_a_redirect_leads_to_no_place_that_an_address_could_not(canary: Canary, to: str) -> None:
    """The first hop is on a host that the operator trusts; what it leads on to is held to the same rules."""
    port = canary.server_address[1]
    other = Canary()
    threading.Thread(target=other.serve_forever, daemon=True).start()
    try:
        with override_settings(FETCH_TRUSTED=frozenset({f"127.0.0.1:{port}"})), pytest.raises(CannotFetch):
            fetch(f"http://127.0.0.1:{port}/to?" + to.format(port=other.server_address[1]), accept=ACCEPT, seconds=5)
        assert other.visits == []
    finally:
        other.shutdown()
        other.server_close()


@pytest.mark.parametrize(("path", "said"), [("none", "answered 404"), ("big", "larger than"), ("bomb", "larger than"), ("drip", "too long")])  # fmt: skip
def test_too_large_too_slow_and_not_there_are_said_in_words(canary: Canary, path: str, said: str) -> None:
    port, began = canary.server_address[1], time.monotonic()
    with override_settings(FETCH_TRUSTED=frozenset({f"127.0.0.1:{port}"})), pytest.raises(CannotFetch, match=said):
        fetch(f"http://127.0.0.1:{port}/{path}", accept=ACCEPT, seconds=1.5)
    assert time.monotonic() - began < 20


def test_what_the_operator_trusts_is_fetched(canary: Canary) -> None:
    port = canary.server_address[1]
    with override_settings(FETCH_TRUSTED=frozenset({f"127.0.0.1:{port}"})):
        found = fetch(f"http://127.0.0.1:{port}/to?/calendar.ics", accept=ACCEPT)
    assert (found.content, found.media_type) == (b"BEGIN", "text/calendar")


def test_a_server_that_does_not_answer_is_given_up(canary: Canary) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(1)
        port = deaf.getsockname()[1]
        with override_settings(FETCH_TRUSTED=frozenset({f"127.0.0.1:{port}"})), pytest.raises(CannotFetch, match="too long"):  # fmt: skip
            fetch(f"http://127.0.0.1:{port}/", accept=ACCEPT, seconds=1)


@pytest.mark.parametrize(("address", "public"), [("8.8.8.8", True), ("2a00:1450:4009::1", True), ("192.168.0.1", False), ("::ffff:8.8.8.8", True), ("::ffff:10.0.0.1", False), ("nonsense", False)])  # fmt: skip
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public
