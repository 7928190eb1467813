"""`manage.py history`: targets with believable history, for benchmarks and for looking at the pages."""

from __future__ import annotations

from argparse import ArgumentTypeError
from random import Random
from typing import TYPE_CHECKING, Any

from django.core.management import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from monitor.management import history
from monitor.management.invention import Temper
from monitor.models import Target

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.core.management import CommandParser

SERVICES = (
    *("Web shop", "Login", "Payments", "Search", "Orders", "Mail", "Images", "Accounts", "Reports", "Maps"),
    *("Chat", "Reviews", "Delivery", "Coupons", "Webhooks", "Files", "Exports", "Help", "Blog", "Partners"),
)
EACH_TENTH = 10
"""One target in so many is down at present."""


class Command(BaseCommand):
    """Adds targets with history to an empty database."""

    help = "Add targets with invented history: figures of days and hours, the last hours' probes, incidents."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the options."""
        parser.add_argument("--targets", type=number(1, 1000), default=20, help="how many (default: 20)")
        parser.add_argument("--days", type=number(1, 400), default=90, help="how long a history (default: 90)")
        parser.add_argument("--seed", type=int, default=1, help="another number makes another history (default: 1)")
        parser.add_argument("--replace", action="store_true", help="delete all targets that are there, after asking")
        parser.add_argument("--noinput", action="store_true", help="with --replace: do not ask")

    def handle(self, *_args: str, **options: Any) -> None:
        """Make room if asked to, then add; all of it or nothing."""
        if count := Target.objects.count():
            self.agree(count, replace=options["replace"], ask=not options["noinput"])
        with transaction.atomic():
            Target.objects.all().delete()
            new = targets(options["targets"], options["seed"])
            history.store(new, options["days"], timezone.now(), options["seed"])
        self.stdout.write(f"{options['targets']} targets with {options['days']} days of history were added.")

    def agree(self, count: int, *, replace: bool, ask: bool) -> None:
        """Return if all targets are really meant to be deleted; else raise `CommandError`."""
        if not replace:
            raise CommandError(
                f"This database has {count} targets; nothing was changed. Use an empty database, "
                "or --replace to delete them with all that was seen of them."
            )
        if ask and not agreed(f"Delete {count} targets with all that was seen of them? Type yes: "):
            raise CommandError("Nothing was changed.")


def agreed(question: str) -> bool:
    """Ask; where nobody can answer, the answer is no."""
    try:
        return input(question) == "yes"
    except EOFError:
        return False


def targets(count: int, seed: int) -> list[tuple[Target, Temper]]:
    """Store targets that are never reached, and say how each behaves."""
    random = Random(seed)  # noqa: S311 - not a secret
    new = [Target(name=name(i), url=address(name(i)), position=i) for i in range(count)]
    Target.objects.bulk_create(new)
    return [
        (target, Temper(random.randint(30, 400), random.uniform(0, 3), down=i % EACH_TENTH == EACH_TENTH - 1))
        for i, target in enumerate(new)
    ]


def name(i: int) -> str:
    """Name a service; when the names are used up, with a number."""
    round_, which = divmod(i, len(SERVICES))
    return f"{SERVICES[which]} {round_ + 1}" if round_ else SERVICES[which]


def address(service: str) -> str:
    """Give an address that does not exist: https://www.rfc-editor.org/rfc/rfc6761#section-6.5."""
    return f"https://{service.lower().replace(' ', '-')}.example/"


def number(least: int, most: int) -> Callable[[str], int]:
    """Read a whole number within limits."""

    def read(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise ArgumentTypeError(f"{text!r} is no number from {least} to {most}")
        return int(text)

    return read
