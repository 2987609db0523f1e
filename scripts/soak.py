"""Serves the demo under load for some minutes, with new workers, a stop and a start in the middle: nothing may fail."""

from __future__ import annotations

import argparse
import asyncio
import http.client
import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "demo-portal-2026"
PEOPLE = ("owner@acme.example", "billing-admin@acme.example", "billing-viewer@acme.example")
PAGES = ("/orgs/acme/", "/orgs/acme/billing", "/orgs/acme/billing/invoices", "/plans/atlas", "/", "/readyz")
LONGEST_SECONDS = 60
# What the processes may grow in the second half of the longest stretch. In its first half caches fill up, and the
# allocator keeps what it once had.
MAY_GROW = 1.03
_HEADS = ("median", "95 %", "slowest", "MB first", "half-way", "last")


@dataclass
class Stretch:
    """What happened between two changes of the server."""

    name: str
    seconds: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    megabytes: list[int] = field(default_factory=list)

    @property
    def memory(self) -> tuple[int, int, int]:
        """Megabytes at its beginning, half-way and at its end."""
        taken = self.megabytes or [0]
        return taken[0], taken[len(taken) // 2], taken[-1]

    def row(self) -> str:
        """Its line in the table."""
        ordered = sorted(self.seconds) or [0.0]
        middle, late, last = (
            ordered[min(int(len(ordered) * part), len(ordered) - 1)] * 1000 for part in (0.5, 0.95, 1)
        )
        begun, middle_mb, ended = self.memory
        counts = f"{len(self.seconds):9,} {sum(self.failures.values()):7,}"
        return f"{self.name:22} {counts} {middle:8.0f} {late:8.0f} {last:8.0f} {begun:8} {middle_mb:8} {ended:8}"


class Server:
    """The portal behind a port that stays open while the portal is stopped, as systemd keeps it."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self.listening.getsockname()[1]
        self.environment = os.environ | {
            "DATABASE_URL": os.environ.get("SOAK_DATABASE_URL", f"sqlite:///{folder}/portal.sqlite"),
            "FILES_DIR": f"{folder}/files",
            "SERVER": kind,
            "PORT": str(self.port),
        }
        self.log = (folder / "server.log").open("ab")
        self.process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Make the demo."""
        for command in ("db upgrade", "demo load"):
            flask = [str(ROOT / ".venv/bin/flask"), "--app", "wsgi", *command.split()]
            subprocess.run(flask, cwd=ROOT, env=self.environment, stdout=self.log, stderr=self.log, check=True)

    def start(self) -> None:
        """Start it, with the socket as its first file."""
        command = f"exec env LISTEN_PID=$$ LISTEN_FDS=1 scripts/serve 3<&{self.listening.fileno()}"
        self.process = subprocess.Popen(
            ["bash", "-c", command],
            cwd=ROOT,
            env=self.environment,
            stderr=self.log,
            pass_fds=[self.listening.fileno()],
        )

    def reload(self) -> None:
        """New workers, one by one."""
        self._running().send_signal(signal.SIGHUP)

    async def stop(self) -> int:
        """Stop it as an operator does; returns its exit status."""
        process = self._running()
        process.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(process.wait)

    def megabytes(self) -> int:
        """What its processes use together, shared memory counted once."""
        total = 0
        for process in self._family():
            try:
                rollup = Path(f"/proc/{process}/smaps_rollup").read_text("ascii")
            except OSError:  # It has ended.
                continue
            found = re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)
            total += int(found[1]) if found else 0
        return total // 1024

    def _family(self) -> list[int]:
        parents = [self._running().pid]
        for parent in parents:
            children = Path(f"/proc/{parent}/task/{parent}/children")
            if children.exists():
                parents.extend(map(int, children.read_text("ascii").split()))
        return parents

    def _running(self) -> subprocess.Popen[bytes]:
        assert self.process
        return self.process


def main() -> None:
    """Print a table; exit status 1 when a request failed or the memory grew."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--minutes", type=float, default=10)
    arguments.add_argument("--rate", type=int, default=50, help="requests a second")
    arguments.add_argument("--server", choices=("granian", "gunicorn"), default="granian")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="portal-soak-") as folder:
        server = Server(Path(folder), chosen.server)
        print("Making the demo …", flush=True)
        server.prepare()
        server.start()
        stretches = asyncio.run(soak(server, minutes=chosen.minutes, rate=chosen.rate))
        errors = [line for line in (Path(folder) / "server.log").read_text("utf-8").splitlines() if '"error"' in line]
    print(f"{'':22} {'requests':>9} {'failed':>7}", *(f"{name:>8}" for name in _HEADS))
    for stretch in stretches:
        print(stretch.row())
    for stretch in stretches:
        for failure, count in stretch.failures.items():
            print(f"{stretch.name}: {count} × {failure}")
    for line in errors[:10]:
        print(line)
    _, half_way, ended = stretches[-1].memory
    is_flat = 0 < ended <= half_way * MAY_GROW
    failed = sum(sum(stretch.failures.values()) for stretch in stretches)
    print(f"Failed requests: {failed}. Memory: {'flat' if is_flat else 'grows'}.")
    sys.exit(0 if is_flat and not failed else 1)


async def soak(server: Server, *, minutes: float, rate: int) -> list[Stretch]:
    """Load the server; a quarter in, it takes new workers, half-way it is stopped and started."""
    requests = await asyncio.to_thread(lambda: itertools.cycle(list(_requests(server.port))))
    stretches = [Stretch("from the start")]
    begun = time.monotonic()
    changes = [(0.25, "new workers"), (0.5, "stopped and started"), (2, "")]
    tasks = set[asyncio.Task[None]]()
    watching = asyncio.create_task(_watch(server, stretches))
    changing: asyncio.Task[None] | None = None
    for number in itertools.count():
        due = begun + number / rate
        if due > begun + minutes * 60:
            break
        await asyncio.sleep(max(0, due - time.monotonic()))
        if number / rate >= changes[0][0] * minutes * 60:
            stretches.append(Stretch(changes.pop(0)[1]))
            changing = asyncio.create_task(_change(server, stretches[-1].name))
        task = asyncio.create_task(_ask(server.port, *next(requests), stretches[-1]))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)
    watching.cancel()
    if changing:
        await changing
    status = await server.stop()
    if status:
        stretches[-1].failures[f"the server ended with status {status}"] += 1
    return stretches


async def _change(server: Server, name: str) -> None:
    if name == "new workers":
        server.reload()
        return
    await server.stop()
    server.start()


async def _watch(server: Server, stretches: list[Stretch]) -> None:
    """Note the memory every few seconds, not before everybody has answered a few pages."""
    while True:
        stretch = stretches[-1]
        await asyncio.sleep(10)
        if stretch is stretches[-1] and len(stretch.seconds) > 200:
            stretch.megabytes.append(await asyncio.to_thread(server.megabytes))


async def _ask(port: int, path: str, cookie: str, stretch: Stretch) -> None:
    """One request on a connection of its own; a failure is anything but a whole answer of the right kind."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
            writer.write(head.encode("ascii"))
            answer = await reader.read(-1)
            writer.close()
    except (OSError, TimeoutError) as error:
        stretch.failures[f"{path}: {type(error).__name__}"] += 1
        return
    finally:
        stretch.seconds.append(time.monotonic() - began)
    if problem := _problem(answer):
        stretch.failures[f"{path}: {problem}"] += 1


def _problem(answer: bytes) -> str | None:
    head, _, body = answer.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 "):
        return head.split(b"\r\n")[0].decode("latin-1") or "no answer"
    length = re.search(rb"\r\ncontent-length: (\d+)", head.lower())
    if length and int(length[1]) != len(body):
        return f"{len(body)} bytes of {int(length[1])}"
    return None


def _requests(port: int) -> Iterator[tuple[str, str]]:
    """Pages and downloads, each as several people, in an order that mixes them."""
    cookies = [_sign_in(port, person) for person in PEOPLE]
    invoices = set(re.findall(r"/orgs/acme/billing/invoices/[A-Z0-9-]+(?=[\"?])", _get(port, PAGES[2], cookies[0])))
    assert invoices, "the list of invoices leads to none"
    downloads = set[str]()
    for invoice in sorted(invoices)[:4]:
        downloads |= set(re.findall(r"/orgs/acme/billing/[^\"]+\.(?:pdf|csv)", _get(port, invoice, cookies[0])))
    assert downloads, "no invoice can be downloaded"
    assets = re.findall(r"/static/[^\"]+\.css[^\"]*", _get(port, "/sign-in", ""))
    paths = [*PAGES, *sorted(invoices)[:6], *sorted(downloads), *assets[:2]]
    for number, path in enumerate(paths * len(cookies)):
        yield path, cookies[number % len(cookies)]


def _sign_in(port: int, email: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST_SECONDS)
    connection.request("GET", "/sign-in")
    answer = connection.getresponse()
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.read().decode())
    assert token
    fields = {"email": email, "password": PASSWORD, "csrf_token": token[1]}
    heads = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": _cookie(answer)}
    heads["Origin"] = f"http://127.0.0.1:{port}"
    connection.request("POST", "/sign-in", urllib.parse.urlencode(fields), heads)
    answer = connection.getresponse()
    assert answer.status == 303, f"{email} cannot sign in: {answer.status}"
    return _cookie(answer)


def _get(port: int, path: str, cookie: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST_SECONDS)
    connection.request("GET", path, headers={"Cookie": cookie})
    answer = connection.getresponse()
    text = answer.read().decode()
    assert answer.status == 200, f"{path}: {answer.status}"
    return text


def _cookie(answer: http.client.HTTPResponse) -> str:
    return "; ".join(value.partition(";")[0] for value in answer.headers.get_all("Set-Cookie") or [])


if __name__ == "__main__":
    main()
