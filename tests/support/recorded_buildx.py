"""A `docker` whose `buildx` says what a real one (0.13.1, with an engine of 26.1.5) was heard to say."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = f"sha256:{'59b48e72a8a3' * 5}abcd"
BEGINS = """\
#0 building with "default" instance using docker driver

#1 [internal] load remote build context
#1 DONE 0.1s

#2 copy /context /
#2 DONE 0.0s

"""
BUILT = f"""\
{BEGINS}#3 [linux/arm64 2/2] RUN echo hello
#3 0.267 hello
#3 DONE 0.3s

#5 exporting to image
#5 exporting layers 0.1s done
#5 DONE 0.4s
"""
CANNOT_RUN = f"""\
{BEGINS}#6 [2/2] RUN true
#6 0.450 exec /bin/sh: exec format error
#6 ERROR: process "/bin/sh -c true" did not complete successfully: exit code: 1
------
 > [2/2] RUN true:
0.352 exec /bin/sh: exec format error
------
Dockerfile.e:3
--------------------
   1 |     FROM scratch
   2 |     COPY sh /bin/sh
   3 | >>> RUN true
--------------------
ERROR: failed to solve: process "/bin/sh -c true" did not complete successfully: exit code: 1
"""
CANNOT_DO_SEVERAL = """\
ERROR: Multi-platform build is not supported for the docker driver.
Switch to a different driver, or turn on the containerd image store, and try again.
Learn more at https://docs.docker.com/go/build-multi-platform/
"""

_PROGRAM = """\
#!{python}
import io, json, os, pathlib, sys, tarfile, urllib.request

place = pathlib.Path({place!r})
if sys.argv[1:] == ["buildx", "version"]:
    sys.exit(0)
with tarfile.open(fileobj=io.BytesIO(sys.stdin.buffer.read())) as context:
    names = sorted(context.getnames())
(place / "asked.json").write_text(json.dumps({{"argv": sys.argv[1:], "context": names}}))
print({said!r}, end="", file=sys.stderr)
if {code}:
    sys.exit({code})
given = {{name: text for name, _, text in (each.partition("=") for each in sys.argv) if text}}
pathlib.Path(given["--metadata-file"]).write_text(json.dumps({{"containerimage.digest": {digest!r}}}))
told = {{
    "tags": [each.partition("=")[2] for each in sys.argv if each.startswith("--tag=")], "digest": {digest!r},
    "platforms": {platforms!r} or given["--platform"].split(","), "pushed": "--push" in sys.argv,
}}
url = os.environ["DOCKER_HOST"].replace("tcp://", "http://") + "/recorded"
urllib.request.urlopen(urllib.request.Request(url, json.dumps(told).encode()), timeout=10)
"""


@dataclass
class RecordedBuildx:
    """A directory for PATH that holds it: what it says, with which exit code, and what it pushes."""

    place: Path

    def says(self, said: str = BUILT, code: int = 0, digest: str = DIGEST, platforms: tuple[str, ...] = ()) -> None:
        """Install it; without `platforms` it makes what it is asked for."""
        program = self.place / "docker"
        filled = _PROGRAM.format(
            python=sys.executable, place=str(self.place), said=said, code=code, digest=digest, platforms=platforms
        )
        program.write_text(filled)
        program.chmod(0o755)

    def is_missing(self) -> None:
        """A command `docker` without buildx, as Debian's is: https://packages.debian.org/bookworm/docker.io."""
        program = self.place / "docker"
        program.write_text("#!/bin/sh\necho \"docker: 'buildx' is not a docker command.\" >&2\nexit 1\n")
        program.chmod(0o755)

    @property
    def asked(self) -> dict[str, list[str]]:
        """Arguments and the names in the context of the build that was asked for; nothing where none was."""
        file = self.place / "asked.json"
        return json.loads(file.read_text()) if file.exists() else {}
