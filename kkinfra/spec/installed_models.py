"""The models of platforms and deliveries that are installed: of kkinfra, and of anyone.

In place of one that cannot be used stands one that refuses: what names it gets an error, and all else works on.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, NamedTuple, TypeGuard, TypeVar, get_args, get_origin

from pydantic import AfterValidator, create_model

from kkinfra.spec.delivery_model import DeliveryModel
from kkinfra.spec.model import Model
from kkinfra.spec.platform_model import PlatformModel
from kkinfra.system.entry_points import names_of, one_loaded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Base = TypeVar("Base", bound=Model)

_FIRST = ("kubernetes", "compose", "gitops", "apply", "ssh")
"""The order in which the schema and messages name models; others follow by name."""


class Kind(NamedTuple, Generic[Base]):
    """What is installed of one kind: the group of entry points, what messages call it, its base, its discriminator."""

    group: str
    what: str
    base: type[Base]
    field: str


PLATFORM = Kind("kkinfra.platforms", "platform", PlatformModel, "kind")
DELIVERY = Kind("kkinfra.targets", "target", DeliveryModel, "by")


class Installed(NamedTuple, Generic[Base]):
    """A model, and where it is from: its place in the code, and the wheel."""

    model: type[Base]
    place: str


def platforms() -> dict[str, Installed[PlatformModel]]:
    """All platforms by `kind`."""
    return _platforms_on(tuple(sys.path))


def deliveries() -> dict[str, Installed[DeliveryModel]]:
    """All deliveries by `by`."""
    return _deliveries_on(tuple(sys.path))


def foreign_models() -> list[type[Model]]:
    """The models of other wheels, whose code goes into what is rendered, too."""
    found: list[type[Model]] = [each.model for each in platforms().values()]
    found += [each.model for each in deliveries().values()]
    return [each for each in found if not each.__module__.startswith("kkinfra.")]


@cache
def _platforms_on(_path: tuple[str, ...]) -> dict[str, Installed[PlatformModel]]:
    return {name: _installed(PLATFORM, name) for name in _ordered(names_of(PLATFORM.group))}


@cache
def _deliveries_on(_path: tuple[str, ...]) -> dict[str, Installed[DeliveryModel]]:
    return {name: _installed(DELIVERY, name) for name in _ordered(names_of(DELIVERY.group))}


def _ordered(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name))


def _installed(kind: Kind[Base], name: str) -> Installed[Base]:
    """The model of a name, or one that refuses it."""
    try:
        place, loaded = one_loaded(kind.group, name, kind.what, ValueError)
    except ValueError as error:
        return Installed(_refusing(kind, name, str(error)), "")
    found: Any = loaded if kind is PLATFORM else getattr(loaded, "delivery", None)
    problem = _problem(found, kind, name)
    return _refused(kind, name, place, problem) if problem else Installed(found, place)


def built(kind: Kind[Base], installed: Mapping[str, Installed[Base]]) -> dict[str, Installed[Base]]:
    """Return what is installed, in which a model that pydantic cannot build refuses its name."""
    found = dict(installed)
    for name, (model, place) in installed.items():
        try:
            model.model_rebuild()
        except Exception as error:  # noqa: BLE001 - whatever a wheel's annotations raise
            found[name] = _refused(kind, name, place, "is no model: " + str(error).partition("\n")[0])
    return found


def _refused(kind: Kind[Base], name: str, place: str, problem: str) -> Installed[Base]:
    return Installed(_refusing(kind, name, f"the {kind.what} {name!r} ({place}) {problem}"), place)


def _problem(found: object, kind: Kind[Any], name: str) -> str:
    """Why something is not the model of a name; empty where it is."""
    if not _is_of(found, kind.base):
        of = "is no model: it" if kind is PLATFORM else "is no target: its `delivery`"
        return f"{of} must be a class made of {kind.base.__name__}"
    said = found.model_fields[kind.field].annotation
    if get_origin(said) is not Literal or get_args(said) != (name,):
        return f"is no model of that name: it must have {kind.field}: Literal[{name!r}]"
    hidden = sorted(vars(kind.base).keys() & found.model_fields.keys())
    return f"has a field of the name of a trait; rename {', '.join(hidden)}" if hidden else ""


def _is_of(found: object, base: type[Model]) -> TypeGuard[type[Model]]:
    return isinstance(found, type) and issubclass(found, base)


def _refusing(kind: Kind[Base], name: str, problem: str) -> type[Base]:
    """A model that takes every mapping of its name, and says what is wrong."""

    def refuse(_: str) -> str:
        raise ValueError(problem)

    tag: Any = Annotated[Literal[name], AfterValidator(refuse)]
    fields: dict[str, Any] = {kind.field: (tag, ...)}
    return create_model(
        f"Refused{kind.base.__name__}_{name}", __base__=kind.base, __doc__=problem,
        __cls_kwargs__={"extra": "ignore", "frozen": True}, **fields,
    )  # fmt: skip
