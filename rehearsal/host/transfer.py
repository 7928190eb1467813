"""Images from this machine's engine to another command's standard input."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, cast

from rehearsal.errors import RehearsalError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from docker import DockerClient

END_SECONDS = 120
"""For the command, once it was given everything."""


def send(engine: DockerClient, references: Sequence[str], command: Sequence[str]) -> None:
    """Pipe an archive of images into a command, such as `docker load`; raises RehearsalError."""
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as loading:
        if loading.stdin is None:
            raise RehearsalError(f"{command[0]} has no standard input")
        try:
            for chunk in _saved(engine, references):
                loading.stdin.write(chunk)
        except BrokenPipeError:
            pass  # what the command says tells why
        try:
            said, _ = loading.communicate(timeout=END_SECONDS)
        except subprocess.TimeoutExpired as error:
            loading.kill()
            raise RehearsalError(f"{', '.join(references)}: not loaded after {END_SECONDS} s") from error
    if loading.returncode:
        raise RehearsalError(f"{', '.join(references)} cannot be loaded: {said.decode(errors='replace')[-2000:]}")


def _saved(engine: DockerClient, references: Sequence[str]) -> Iterator[bytes]:
    """An archive of several images, with each layer once; the SDK itself saves one at a time."""
    address = f"{engine.api.base_url}/v{engine.api.api_version}/images/get"
    answer = engine.api.get(address, params=[("names", each) for each in references], stream=True)
    if not answer.ok:
        raise RehearsalError(f"{', '.join(references)} cannot be saved: {answer.text}")
    return cast("Iterator[bytes]", answer.iter_content(1 << 20))
