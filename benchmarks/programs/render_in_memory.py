"""Run as a program of its own: read, check and render every environment of SPEC but write none."""

import gc
import os
import sys

if __name__ == "__main__":
    gc.disable()  # as the command does
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    from kkinfra.rendering.pipeline import load_renderers, open_spec, render

    renderers = load_renderers()
    print(
        sum(
            len(artifact.content)
            for name, environment in open_spec(sys.argv[1], renderers).environments.items()
            if name.startswith("env")
            for artifact in render(environment, renderers)
        )
    )
