"""The code that a request brings along: `kkinfra.host`, read and checked before any of it runs.

Nothing of it touches the host's disk, so that looking (a plan, a dry run) leaves nothing behind.
"""

from __future__ import annotations

import zlib
from functools import cache
from hashlib import sha256
from importlib.resources import files
from json import dumps
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

PROGRAM = """\
import hashlib,importlib.abc,importlib.util,json,sys,zlib
s=sys.stdin.buffer
n,d=s.readline().split()
b=s.read(int(n))
if hashlib.sha256(b).hexdigest()!=d.decode():sys.exit("the request did not arrive whole")
c=json.loads(zlib.decompress(b))
class F(importlib.abc.MetaPathFinder,importlib.abc.InspectLoader):
 def find_spec(self,n,p,t=None):
  if n in c:return importlib.util.spec_from_loader(n,self,is_package=self.is_package(n))
 def is_package(self,n):return any(m.startswith(n+".")for m in c)
 def get_source(self,n):return c[n]
sys.meta_path.insert(0,F())
from kkinfra.host.call import read
from kkinfra.host.verbs import serve
sys.exit(serve(read(s,c)))
"""
"""What Python is started with: it takes the code from its standard input, all of it, and only then the request."""


@cache
def sources() -> dict[str, str]:
    """The modules of `kkinfra.host` by name, and the empty package around them."""
    found = {"kkinfra": ""}
    _collect(files("kkinfra") / "host", "kkinfra.host", found)
    return dict(sorted(found.items()))


@cache
def packed() -> bytes:
    """The modules as they are sent: a line with their size and digest, and then they."""
    content = zlib.compress(dumps(sources()).encode())
    return f"{len(content)} {sha256(content).hexdigest()}\n".encode() + content


def _collect(directory: Traversable, package: str, found: dict[str, str]) -> None:
    for entry in directory.iterdir():
        if entry.is_dir() and entry.name != "__pycache__":
            _collect(entry, f"{package}.{entry.name}", found)
        elif entry.name == "__init__.py":
            found[package] = entry.read_text("utf-8")
        elif entry.name.endswith(".py"):
            found[f"{package}.{entry.name[:-3]}"] = entry.read_text("utf-8")
