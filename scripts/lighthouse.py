"""Measures pages with Lighthouse, on a portal of its own with the demo, and prints a table of the scores."""

import http.cookiejar
import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import playwright

ROOT = Path(__file__).resolve().parent.parent
# Kept between runs: Lighthouse with its 176 MB, which is no part of the portal, and the demo.
KEPT = ROOT / "var/lighthouse"
VERSION = "13.5.0"
PORT = 8790
ADDRESS = f"http://127.0.0.1:{PORT}"
BROWSER = os.environ.get("CHROMIUM", "/usr/bin/chromium")
# Lighthouse wants a newer Node than Debian's; what drives the browser of our tests is one.
NODE = Path(playwright.__file__).parent / "driver/node"
ORGANIZATION = "/orgs/acme"
CATEGORIES = ("performance", "accessibility", "best-practices")
# The least that a page has to reach in each.
BAR = {"performance": 95, "accessibility": 100, "best-practices": 100}


def main() -> None:
    """Measure every page; end with 1 when one is below the bar."""
    install()
    with portal():
        cookie, invoice = sign_in()
        public = ["/", "/plans/atlas", "/sign-in"]
        billing = [f"{ORGANIZATION}/billing{path}" for path in ("", "/invoices", "/profile")]
        signed_in = ["/", f"{ORGANIZATION}/", *billing, invoice]
        pages = [(path, "") for path in public] + [(path, cookie) for path in signed_in]
        below = [path for path, cookie in pages if not measure(path, cookie)]
    sys.exit(f"below the bar: {', '.join(below)}" if below else 0)


def install() -> None:
    """Bring Lighthouse, once."""
    if not (KEPT / f"node_modules/lighthouse-{VERSION}").exists():
        if not shutil.which("npm"):
            sys.exit("Lighthouse comes by npm, which is not there.")
        KEPT.mkdir(parents=True, exist_ok=True)
        (KEPT / "package.json").write_text('{"private": true}')
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
        subprocess.run(["npm", "install", *quiet, f"lighthouse@{VERSION}"], cwd=KEPT, check=True, stdout=sys.stderr)
        (KEPT / f"node_modules/lighthouse-{VERSION}").touch()


@contextmanager
def portal() -> Iterator[None]:
    """The portal with the demo, as `make run` serves it."""
    flask: list[str | Path] = [ROOT / ".venv/bin/flask", "--app", "wsgi"]
    server: list[str | Path] = [
        ROOT / ".venv/bin/granian",
        "wsgi:app",
        "--interface",
        "wsgi",
        "--port",
        str(PORT),
        "--no-ws",
    ]
    settings = {
        "DATABASE_URL": f"sqlite:///{KEPT}/portal.sqlite",
        "FILES_DIR": str(KEPT / "files"),
        "PORT": str(PORT),
        "SECRET_KEY": "l" * 40,
    }
    environment = os.environ | settings
    for command in (("db", "upgrade"), ("demo", "load")):
        subprocess.run([*flask, *command], cwd=ROOT, env=environment, check=True, stdout=sys.stderr)
    running = subprocess.Popen(server, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for_answer()
        yield
    finally:
        running.terminate()
        running.wait(10)


def wait_for_answer() -> None:
    """Wait until the portal answers."""
    for _ in range(100):
        try:
            urllib.request.urlopen(f"{ADDRESS}/sign-in").close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    sys.exit("The portal did not start.")


def sign_in() -> tuple[str, str]:
    """The cookies of the demo's owner, and the path of an invoice."""
    jar = http.cookiejar.CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', read(browser, "/sign-in"))
    assert token
    fields = {"csrf_token": token[1], "email": "owner@acme.example", "password": "demo-portal-2026"}
    browser.open(f"{ADDRESS}/sign-in", urllib.parse.urlencode(fields).encode()).close()
    invoices = re.findall(
        rf'href="({ORGANIZATION}/billing/invoices/[^"/?]+)"', read(browser, f"{ORGANIZATION}/billing/invoices")
    )
    return "; ".join(f"{cookie.name}={cookie.value}" for cookie in jar), invoices[1]


def read(browser: urllib.request.OpenerDirector, path: str) -> str:
    """The text of a page."""
    with browser.open(f"{ADDRESS}{path}") as answer:
        return str(answer.read().decode())


def measure(path: str, cookie: str) -> bool:
    """Print the scores of a page as on a slow telephone, and what lowers them; whether all reach the bar."""
    command: list[str | Path] = [
        NODE,
        KEPT / "node_modules/lighthouse/cli/index.js",
        f"{ADDRESS}{path}",
        "--output=json",
        "--quiet",
    ]
    command += ["--chrome-flags=--headless=new --no-sandbox", f"--only-categories={','.join(CATEGORIES)}"]
    command += [f"--extra-headers={json.dumps({'Cookie': cookie})}"] if cookie else []
    done = subprocess.run(
        command, env=os.environ | {"CHROME_PATH": BROWSER}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(done.stderr)
    report = json.loads(done.stdout)
    scores = {name: round(100 * report["categories"][name]["score"]) for name in CATEGORIES}
    print(f"| {path} | {'owner' if cookie else 'nobody'} | {' | '.join(map(str, scores.values()))} |", flush=True)
    for name, category in report["categories"].items():
        for part in category["auditRefs"] if scores[name] < BAR[name] else []:
            audit = report["audits"][part["id"]]
            if part["weight"] and (audit["score"] or 0) < 0.9:
                print(f"  {name}: {audit['title']} {audit.get('displayValue', '')}", file=sys.stderr)
    return all(scores[name] >= BAR[name] for name in CATEGORIES)


if __name__ == "__main__":
    main()
