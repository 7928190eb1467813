"""`attach` and `exec`: a process's streams as channels of a WebSocket.

Versions 4 and 5: https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/apimachinery/pkg/util/remotecommand/constants.go
The end's Status: https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/kubelet/pkg/cri/streaming/remotecommand/exec.go
"""

from __future__ import annotations

import contextlib
import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cluster_double.processes import NotStartedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cluster_double.kinds import JSON
    from cluster_double.processes import Process, Sink
    from cluster_double.web_sockets import WebSocket

PROTOCOLS = ("v5.channel.k8s.io", "v4.channel.k8s.io")
_STDIN, _STATUS, _RESIZE, _CLOSE = 0, 3, 4, 255


@dataclass(slots=True)
class Attached:
    """A process that a client talks with; `begin` gives it to whoever hears it, or raises NotStartedError.

    `tells_code` is how exec ends. With `is_once`, its input ends with the connection, and so does what is left of its
    group.
    """

    begin: Callable[[Sink], Process]
    tells_code: bool
    is_once: bool

    def serve(self, socket: WebSocket, protocol: str) -> None:
        """Until the process has ended, or the client is gone."""
        gone = threading.Event()

        def sink(channel: int, data: bytes) -> None:
            with contextlib.suppress(OSError, ValueError):
                if not gone.is_set():
                    socket.send(bytes([channel]) + data)

        try:
            process = self.begin(sink)
        except NotStartedError as error:
            said = (
                "error executing command in container: failed to exec in container: failed to start exec: OCI runtime "
                f"exec failed: exec failed: unable to start container process: {error}: unknown"
            )
            message, causes = f"Internal error occurred: {said}", {"causes": [{"message": said}]}
            status = {"metadata": {}, "status": "Failure", "message": message, "reason": "InternalError", "code": 500}
            _end(socket, {**status, "details": causes})
            return
        listener = threading.Thread(target=self._listen, args=(process, socket, protocol, gone), daemon=True)
        listener.start()
        code = process.wait()
        if not gone.is_set():
            _end(socket, _status(code if self.tells_code else 0))
            listener.join(5)

    def _listen(self, process: Process, socket: WebSocket, protocol: str, gone: threading.Event) -> None:
        with contextlib.suppress(OSError, ValueError):
            for message in socket.messages():
                channel, data = message[0], message[1:]
                if channel == _STDIN:
                    process.write(data)
                elif channel == _RESIZE:
                    asked = json.loads(data)
                    process.resize(asked["Width"], asked["Height"])
                elif channel == _CLOSE and data == bytes([_STDIN]) and protocol == PROTOCOLS[0]:
                    process.close_input()
        gone.set()
        process.close_input()
        if self.is_once:
            process.end()


def _status(code: int) -> JSON:
    if not code:
        return {"metadata": {}, "status": "Success"}
    return {
        "metadata": {}, "status": "Failure", "reason": "NonZeroExitCode",
        "message": f"command terminated with non-zero exit code: exit status {code}",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
    }  # fmt: skip


def _end(socket: WebSocket, status: JSON) -> None:
    with contextlib.suppress(OSError, ValueError):
        socket.send(bytes([_STATUS]) + json.dumps(status).encode())
        socket.close()
