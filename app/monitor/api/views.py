"""The API's addresses: everyone may read, staff may write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.permissions import SAFE_METHODS, AllowAny, BasePermission, IsAdminUser
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.viewsets import ModelViewSet

from monitor.api import pages, serializers, writing
from monitor.api.caching import FreshView
from monitor.api.schema import document
from monitor.models import DailyFigures, HourlyFigures, Incident, Probe, Target
from monitor.selectors.status import overview
from monitor.services import targets

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.serializers import BaseSerializer, Serializer


class Links(FreshView):
    """What the API has."""

    permission_classes = (AllowAny,)

    @extend_schema(operation_id="links", summary="Where things are", responses=serializers.LinksSerializer)
    def get(self, request: Request) -> Response:
        """Give the addresses that other addresses start from."""
        names = {"status": "status", "targets": "target-list", "incidents": "incidents", "schema": "schema"}
        return Response({key: reverse(f"api:{name}", request=request) for key, name in names.items()})


class Status(FreshView):
    """The present state."""

    permission_classes = (AllowAny,)

    @extend_schema(operation_id="status", summary="How everything is", responses=serializers.StatusSerializer)
    def get(self, request: Request) -> Response:  # noqa: ARG002 - the framework's signature
        """Give the state of all targets, as the page shows it."""
        return Response(serializers.StatusSerializer(overview(timezone.now())).data)


@extend_schema_view(
    list=extend_schema(summary="What is watched"),
    retrieve=extend_schema(summary="One target"),
    create=extend_schema(summary="Watch a target"),
    update=extend_schema(summary="Change a target, with all its settings"),
    partial_update=extend_schema(summary="Change some settings of a target"),
    destroy=extend_schema(summary="Forget a target, with all that was seen of it"),
)
class Targets(FreshView, ModelViewSet[Target]):
    """What is watched."""

    queryset = Target.objects.all()
    serializer_class = serializers.TargetSerializer
    pagination_class = pages.NumberedPages
    lookup_value_converter = "int"

    def get_permissions(self) -> list[BasePermission]:
        """Let everyone read and staff write."""
        return [AllowAny() if self.request.method in SAFE_METHODS else IsAdminUser()]

    def get_queryset(self) -> QuerySet[Target]:
        """Give the targets that the user may see."""
        return visible_to(self.request)

    def perform_create(self, serializer: BaseSerializer[Target]) -> None:
        """Store a new target."""
        writing.save(serializer)

    def perform_update(self, serializer: BaseSerializer[Target]) -> None:
        """Store what changed."""
        writing.save(serializer)

    def perform_destroy(self, instance: Target) -> None:
        """Delete a target."""
        targets.delete(instance)


@extend_schema_view(get=extend_schema(operation_id="probes", summary="Its probes, the newest first"))
class Probes(FreshView, ListAPIView[Probe]):
    """The probes of a target."""

    queryset = Probe.objects.none()
    permission_classes = (AllowAny,)
    serializer_class = serializers.ProbeSerializer
    pagination_class = pages.NewestFirst

    def get_queryset(self) -> QuerySet[Probe]:
        """Give all that are kept."""
        return target_of(self).probes.all()


@extend_schema_view(
    get=extend_schema(
        operation_id="figures", summary="Its figures, the newest first", parameters=[serializers.FiguresQuery]
    )
)
class Figures(FreshView, ListAPIView[Any]):
    """The hourly or daily figures of a target."""

    queryset = HourlyFigures.objects.none()
    permission_classes = (AllowAny,)
    serializer_class = serializers.FiguresSerializer
    pagination_class = pages.NewestFirst

    def get_queryset(self) -> QuerySet[HourlyFigures] | QuerySet[DailyFigures]:
        """Give all that are kept of the span that is asked for."""
        query = checked(serializers.FiguresQuery, self.request)
        target = target_of(self)
        return target.hours.all() if query["span"] == "hour" else target.days.all()


@extend_schema_view(
    get=extend_schema(
        operation_id="incidents", summary="Incidents, the newest first", parameters=[serializers.IncidentQuery]
    )
)
class Incidents(FreshView, ListAPIView[Incident]):
    """The incidents of all targets."""

    queryset = Incident.objects.none()
    permission_classes = (AllowAny,)
    serializer_class = serializers.IncidentSerializer
    pagination_class = pages.NewestFirst

    def get_queryset(self) -> QuerySet[Incident]:
        """Give those that are asked for."""
        found = Incident.objects.filter(target__in=visible_to(self.request)).select_related("target")
        query = checked(serializers.IncidentQuery, self.request)
        return found.filter(closed_at__isnull=query["open"] == "true") if "open" in query else found


class Schema(FreshView):
    """This description, as OpenAPI."""

    permission_classes = (AllowAny,)
    schema = None

    def get(self, request: Request) -> Response:  # noqa: ARG002 - the framework's signature
        """Give the description of the whole API."""
        return Response(document())


def visible_to(request: Request) -> QuerySet[Target]:
    """Give the targets that a user may see: staff sees those that are not enabled, too."""
    return Target.objects.all() if request.user.is_staff else Target.objects.filter(enabled=True)


def target_of(view: ListAPIView[Any]) -> Target:
    """Give the target that a list belongs to, or raise `Http404`."""
    return get_object_or_404(visible_to(view.request), pk=view.kwargs["pk"])


def checked(query: type[Serializer[Any]], request: Request) -> dict[str, Any]:
    """Give what the address asks for, or raise `ValidationError` with the parameter's name."""
    serializer = query(data=request.query_params.dict())
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)
