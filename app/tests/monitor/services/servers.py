"""Real servers on loopback that answer as they are told, well or badly."""

import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer

Answer = Callable[[socket.socket, str], None]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK"


class Server(ThreadingTCPServer):
    """A server that reads a request, keeps it in `requests`, and lets `answer` do the rest."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, answer: Answer, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer, self.tls = answer, tls
        self.requests: list[str] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def url(self, path: str = "/", host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


class Handler(BaseRequestHandler):
    server: Server
    request: socket.socket

    def handle(self) -> None:
        with suppress(OSError):  # a client that has had enough is no error here
            connection = self.request
            if self.server.tls:
                connection = self.server.tls.wrap_socket(connection, server_side=True)
            with connection:
                text = read_request(connection)
                self.server.requests.append(text)
                self.server.answer(connection, text.partition(" ")[2].partition(" ")[0])


def read_request(connection: socket.socket) -> str:
    """Read a request's head, and as much of a body as it announces; of what is none, the first bytes."""
    text = connection.recv(65536)
    while text[:1].isalpha() and b"\r\n\r\n" not in text:
        text += connection.recv(65536) or b"\r\n\r\n"
    head, _, body = text.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return (head + b"\r\n\r\n" + body).decode(errors="replace")


@contextmanager
def serving(answer: bytes | Answer, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Run a server that sends given bytes, or does what a function does with the connection and the path."""

    def send(connection: socket.socket, _path: str) -> None:
        connection.sendall(answer)  # type: ignore[arg-type]

    with Server(answer if callable(answer) else send, tls) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def dripping(first: bytes, drop: bytes, pause: float = 0.02) -> Answer:
    """Return an answer that never ends: first some bytes, then a drop again and again."""

    def answer(connection: socket.socket, _path: str) -> None:
        connection.sendall(first)
        while not select.select([connection], [], [], pause)[0]:  # until the client goes
            connection.sendall(drop)

    return answer


def redirecting(to: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Elsewhere\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()
