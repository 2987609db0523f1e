"""Asks one address again and again and counts the answers: `python -m bench.client PORT PATH COOKIE SECONDS`.

It sends bytes and reads bytes, so that it costs little beside the server, and opens a connection for each request, as
the server in service keeps none open.
"""

from __future__ import annotations

import socket
import sys
import time


def main() -> None:
    """Print how many requests a second were answered with 200; anything else ends it."""
    port, path, cookie, seconds = int(sys.argv[1]), sys.argv[2], sys.argv[3], float(sys.argv[4])
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
    answered, begun = 0, time.perf_counter()
    while (taken := time.perf_counter() - begun) < seconds:
        _ask(port, head.encode())
        answered += 1
    print(answered / taken)


def _ask(port: int, request: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(request)
        first = part = connection.recv(65536)
        while part:
            part = connection.recv(65536)
    if b" 200 " not in first.partition(b"\r\n")[0]:
        raise SystemExit(first.partition(b"\r\n")[0].decode())


if __name__ == "__main__":
    main()
