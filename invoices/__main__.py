"""Prints one document without database or web: `python -m invoices sample.json out.pdf`."""

from __future__ import annotations

import sys
from pathlib import Path

from invoices.document import from_json
from invoices.errors import DocumentError, ResourceError
from invoices.render import render


def main(arguments: list[str]) -> int:
    """Read the document, write the PDF. 0 when done; 2 with one line on standard error when not."""
    if len(arguments) != 2:
        return _refuse("usage: python -m invoices DOCUMENT.json OUT.pdf")
    source, target = map(Path, arguments)
    try:
        target.write_bytes(render(from_json(source.read_text(encoding="utf-8"))))
    except UnicodeDecodeError:
        return _refuse(f"{source}: a text in UTF-8 is expected")
    except OSError as error:
        return _refuse(f"{error.filename}: {error.strerror}")
    except DocumentError as error:
        return _refuse(f"{source}: {error}")
    except ResourceError as error:
        return _refuse(str(error))
    return 0


def _refuse(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
