"""The model that environments are validated with: of the platforms and deliveries that are installed."""

from __future__ import annotations

import sys
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Union

from pydantic import Field, create_model

from kkinfra.errors import KkinfraError
from kkinfra.spec.environment import Environment
from kkinfra.spec.installed_models import DELIVERY, PLATFORM, built, deliveries, platforms
from kkinfra.spec.model import value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kkinfra.spec.delivery_model import DeliveryModel
    from kkinfra.spec.installed_models import Installed, Kind
    from kkinfra.spec.platform_model import PlatformModel


def environment_model() -> type[Environment]:
    """The subclass of Environment that knows them; raises KkinfraError where none is installed.

    A plug-in may import Environment, so that nothing is loaded before this is called.
    """
    return _model_on(tuple(sys.path))


@cache
def _model_on(_path: tuple[str, ...]) -> type[Environment]:
    """Built at once: what cannot be built is looked for only where it is not all."""
    made = _model(platforms(), deliveries())
    try:
        made.model_rebuild()
    except Exception:  # noqa: BLE001 - whatever a wheel's annotations raise
        made = _model(built(PLATFORM, platforms()), built(DELIVERY, deliveries()))
    return made


def _model(
    platforms: Mapping[str, Installed[PlatformModel]], deliveries: Mapping[str, Installed[DeliveryModel]]
) -> type[Environment]:
    made: type[Environment] = create_model(
        "Environment",
        __base__=Environment,
        __module__=Environment.__module__,
        __doc__=Environment.__doc__,
        platform=_field("platform", PLATFORM, platforms.values()),
        delivery=_field("delivery", DELIVERY, deliveries.values()),
    )
    return made


def _field(name: str, kind: Kind[Any], installed: Iterable[Installed[Any]]) -> tuple[Any, Any]:
    """A field of the environment, as a union that its discriminator decides."""
    models = tuple(each.model for each in installed)
    if not models:
        from kkinfra.system.extras import source_remedy

        raise KkinfraError(
            f"no {kind.what} is installed; install kkinfra itself, not only its source: {source_remedy()}"
        )
    info = Environment.model_fields[name]
    annotation: Any = Annotated[Union[models], Field(discriminator=kind.field)]  # noqa: UP007 - made at run time
    return annotation, value(info.description or "", *(info.examples or ()))
