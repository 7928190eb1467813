"""The program that publishes static files, the same on every platform."""

PUBLISH = '''\
"""SOURCE TARGET SECONDS: copy SOURCE into TARGET, and prune what is out of date there.

Nothing of this release is pruned. A file of an earlier one stays for SECONDS after it was replaced,
since its release serves until the switch, and browsers hold its pages for longer. Each file appears
by one rename, so several copies may run at a time and none is ever served half.
"""

import filecmp
import os
import shutil
import sys
import time
from pathlib import Path
from stat import S_ISREG

source, target, keep = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
record = target / ".release"
mine = f".{os.uname().nodename}.{os.getpid()}"
now = time.time()

released = sorted(str(path.relative_to(source)) for path in source.rglob("*") if path.is_file())
if not released:
    sys.exit(f"{source} holds no files; does the image collect its static files?")

current = {*released, record.name}
before = record.read_text().splitlines() if record.exists() else []
for name in set(before) - current:
    if (target / name).is_file():
        os.utime(target / name, (now, now))

for name in released:
    path = target / name
    if not path.is_file() or not filecmp.cmp(source / name, path, shallow=False):
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(path.name + mine)
        shutil.copyfile(source / name, fresh)
        os.replace(fresh, path)

fresh = target / (record.name + mine)
fresh.write_text("".join(f"{name}\\n" for name in released))
os.replace(fresh, record)

pruned = 0
for path in list(target.rglob("*")):
    try:
        found = path.stat()
    except OSError:  # another copy has renamed or pruned it since
        continue
    if S_ISREG(found.st_mode) and str(path.relative_to(target)) not in current and found.st_mtime < now - keep:
        path.unlink(missing_ok=True)
        pruned += 1
print(f"{len(released)} static files released, {pruned} pruned")
'''
