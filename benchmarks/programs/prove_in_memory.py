"""Run as a program of its own: prove SPEC TURNS times, and print the least milliseconds of processor time."""

import gc
import os
import sys
import time
from functools import partial

if __name__ == "__main__":
    gc.disable()  # as the command does
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    from kkinfra.proving.installed import load_proofs
    from kkinfra.proving.prove import prove
    from kkinfra.rendering.pipeline import load_renderers, open_spec, render
    from kkinfra.spec.date import Date

    renderers, proofs = load_renderers(), load_proofs()
    spec = open_spec(sys.argv[1], renderers)
    names, day = tuple(spec.environments), Date("2026-12-01")
    seconds: list[float] = []
    for _ in range(int(sys.argv[2])):
        begun = time.process_time()
        prove(spec, names, day, proofs, partial(render, renderers=renderers))
        seconds.append(time.process_time() - begun)
    print(min(seconds) * 1e3)
