"""Puts what npm brought where pages and documents look for it: script, fonts, and one sprite of the icons we name."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ROOT / "node_modules"
VENDOR = ROOT / "portal/static/vendor"
FONTS = ROOT / "invoices/templates/fonts"

COPIES = {
    "htmx.org/dist/htmx.min.js": VENDOR / "htmx.min.js",
    "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": VENDOR / "inter-latin.woff2",
    "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2": VENDOR / "inter-latin-ext.woff2",
    "@fontsource-variable/inter/LICENSE": VENDOR / "inter-LICENSE.txt",
    "@expo-google-fonts/ibm-plex-sans/400Regular/IBMPlexSans_400Regular.ttf": FONTS / "IBMPlexSans_400Regular.ttf",
    "@expo-google-fonts/ibm-plex-sans/600SemiBold/IBMPlexSans_600SemiBold.ttf": FONTS / "IBMPlexSans_600SemiBold.ttf",
    "@expo-google-fonts/ibm-plex-sans/LICENSE_FONT": FONTS / "LICENSE.txt",
}


def main() -> None:
    """Write every file that is missing or different; a missing package or icon stops with its name."""
    for source, target in COPIES.items():
        write(target, read(PACKAGES / source))
    names = (ROOT / "scripts/icons.txt").read_text("utf-8").splitlines()
    write(VENDOR / "icons.svg", sprite([name for name in names if name and not name.startswith("#")]).encode())


def sprite(names: list[str]) -> str:
    """Draw all icons into one file; a page shows one by `<use href="…/icons.svg#NAME">`."""
    symbols = "\n".join(symbol(name) for name in names)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}\n</svg>\n'


def symbol(name: str) -> str:
    """Take an icon's shapes; size, colour and `stroke-width` are the page's."""
    picture = read(PACKAGES / "lucide-static/icons" / f"{name}.svg").decode()
    shapes = re.search(r"<svg[^>]*>(.*)</svg>", picture, re.DOTALL)
    if shapes is None:
        sys.exit(f"scripts/assets.py: the icon {name} is no picture")
    stroke = 'fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round"'
    return f'<symbol id="{name}" viewBox="0 0 24 24" {stroke}>{" ".join(shapes[1].split())}</symbol>'


def read(path: Path) -> bytes:
    """Read a file of a package, or stop with its name."""
    if not path.is_file():
        sys.exit(f"scripts/assets.py: {path.relative_to(ROOT)} is not there; is its name in scripts/icons.txt right?")
    return path.read_bytes()


def write(path: Path, content: bytes) -> None:
    """Write a file unless it holds this already, so that a running server's files do not change under it."""
    if path.is_file() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


if __name__ == "__main__":
    main()
