"""The product's processes: each comes up, but where MODE says how it does not."""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

MODE = os.environ["MODE"]


class Answer(BaseHTTPRequestHandler):
    def do_GET(self):
        is_bad = MODE == "notready" and self.path.startswith("/ready")
        self.send_response(503 if is_bad else 200)
        self.end_headers()
        self.wfile.write(b"no database" if is_bad else b"ok")

    def log_message(self, *_):
        """Probes are no news."""


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
if MODE == "crash":
    sys.exit(3)
held = []
while MODE == "oom":
    held.append(b"x" * 10_000_000)
if "beat" in sys.argv:
    Path("/tmp/celerybeat-schedule").touch()
ThreadingHTTPServer(("", 8000), Answer).serve_forever()
