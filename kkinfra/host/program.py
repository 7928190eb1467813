"""The copy of this package that stays on the host, as one executable file: it restarts, recovers and goes back."""

from __future__ import annotations

import io
import zipfile
from hashlib import sha256
from typing import TYPE_CHECKING

from kkinfra.host import files

if TYPE_CHECKING:
    from pathlib import Path

    from kkinfra.host.layout import Layout

_MAIN = "import sys\nfrom kkinfra.host.local import main\nsys.exit(main(sys.argv[1:]))\n"
_KEPT = 3


def install(layout: Layout, sources: dict[str, str]) -> Path:
    """Put it there, called after its contents, so that a run that uses an older one is not disturbed."""
    content = b"#!/usr/bin/env python3\n" + _archive(sources)
    place = layout.directory / f".kkinfra-{sha256(content).hexdigest()[:12]}"
    if not place.exists():
        files.write(place, content, 0o755)
    if not layout.program.is_symlink() or layout.program.resolve() != place:
        files.link(layout.program, place.name)
    older = sorted(layout.directory.glob(".kkinfra-*"), key=lambda path: path.stat().st_mtime)
    for path in [each for each in older if each != place][: -(_KEPT - 1)]:
        path.unlink()
    return place


def _archive(sources: dict[str, str]) -> bytes:
    """A zip file that Python runs; the same sources give the same bytes."""
    packages = {name.rpartition(".")[0] for name in sources} - {""}
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted({**sources, "__main__": _MAIN}.items()):
            path = name.replace(".", "/") + ("/__init__.py" if name in packages else ".py")
            archive.writestr(zipfile.ZipInfo(path), text, zipfile.ZIP_DEFLATED)
    return made.getvalue()
