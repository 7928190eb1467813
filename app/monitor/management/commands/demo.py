"""`demo.py`: the whole product in one process, on this machine alone."""

from __future__ import annotations

import secrets
from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connection

from monitor.management.commands.history import number
from monitor.management.demonstration import pace, services, web

if TYPE_CHECKING:
    from socket import socket

    from django.core.management import CommandParser

PORT = 8000


class Command(BaseCommand):
    """Shows the product to a newcomer."""

    help = "Show the product: pages, probes and some history, on SQLite, without Redis or a worker."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("--port", type=number(0, 65535), default=PORT, help=f"0 is any free one (default: {PORT})")
        parser.add_argument("--check", action="store_true", help="start, fetch the page once, tell, and stop")

    def handle(self, *_args: str, **options: Any) -> None:
        """Run until Ctrl-C, which is the usual end and no error."""
        if connection.vendor != "sqlite" or not settings.CELERY_EAGER:
            raise CommandError("A demonstration runs on SQLite and without a worker: start it with `python demo.py`.")
        try:
            self.show(options["port"], check=options["check"])
        except KeyboardInterrupt:
            self.stdout.write("\nStopped.")

    def show(self, wanted: int, *, check: bool) -> None:
        """Prepare the database, then serve."""
        with closing(port(wanted)) as taken, services.running(taken.getsockname()[1]) as watched:
            call_command("migrate", verbosity=0, interactive=False)
            services.watch(watched)
            self.introduce_admin()
            self.serve(taken, [service.name for service in watched] if check else [])

    def introduce_admin(self) -> None:
        """Make a user for the admin pages if there is none; the password is told once and kept nowhere."""
        if User.objects.filter(is_superuser=True).exists():
            return
        password = secrets.token_urlsafe(12)
        User.objects.create_superuser("admin", password=password)
        self.stdout.write(f"For the admin pages: user admin, password {password}")

    def serve(self, taken: socket, expected: list[str]) -> None:
        """Serve and probe; if names are expected on the page, until it was fetched."""
        address, beat = f"http://{services.LOOPBACK}:{taken.getsockname()[1]}/", pace.Pace()
        problems: list[str] = []

        def started() -> bool:
            beat.start()
            self.stdout.write(f"The status page is at {address} (Ctrl-C ends it).")
            if expected:
                problems.extend(self.problems_of(address, expected))
            return bool(expected)

        try:
            web.serve(taken, started)
        finally:
            beat.end()
        if problems:
            raise CommandError(" ".join(problems))

    def problems_of(self, address: str, expected: list[str]) -> list[str]:
        """Fetch the page, tell what came, and return what is wrong with it."""
        try:
            page = httpx.get(address, trust_env=False)
        except httpx.HTTPError as error:
            return [f"The page could not be fetched: {error}."]
        missing = [name for name in expected if name not in page.text]
        self.stdout.write(f"{page.status_code}, {len(page.content)} bytes, {len(expected) - len(missing)} services.")
        return [f"The page does not show {name}." for name in missing]


def port(wanted: int) -> socket:
    """Take a port, or raise `CommandError` with what to do."""
    try:
        return web.taken(wanted)
    except OSError as error:
        raise CommandError(
            f"Port {wanted} cannot be had ({error.strerror}). Choose another with --port; 0 is any free one."
        ) from error
