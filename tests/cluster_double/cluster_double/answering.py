"""What each request is answered with: discovery, reviews, logs, and the verbs of resources."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from cluster_double import discovery, scaling
from cluster_double.access import Asked, User, Users, refuse, refuse_path, review
from cluster_double.asked import Place, Request, placed
from cluster_double.attaching import Attached
from cluster_double.controllers import one_offs
from cluster_double.deletion import Deletion
from cluster_double.kinds import Resource
from cluster_double.patches import APPLY_PATCH
from cluster_double.reading import listed, wanted
from cluster_double.registry import Registry, Target
from cluster_double.statuses import (
    Cause,
    NoSuchPath,
    Refused,
    bad_request,
    invalid_options,
    method_not_allowed,
    no_such_resource,
    not_found,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cluster_double.controllers.world import World
    from cluster_double.kinds import JSON
    from cluster_double.logs import Logs

_HEALTH = ("/healthz", "/livez", "/readyz")


@dataclass(slots=True)
class Answer:
    """A document or a text, or a watch or a log that is to be streamed."""

    code: int = 200
    body: Any = None
    text: str | None = None
    watched: tuple[Resource, str] | None = None
    followed: Iterator[str] | None = None
    attached: Attached | None = None
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Answering:
    """How requests are answered. Raises Refused and NoSuchPath."""

    registry: Registry
    users: Users
    logs: Logs
    world: World

    def answer(self, request: Request) -> Answer:
        if request.path in _HEALTH:
            return Answer(text="ok")
        user = self.users.of(request.headers.get("authorization", ""))
        place = placed(request.path)
        if place is None or not place.plural:
            refuse_path(user, request.path)
            return Answer(body=discovery.document(request.path, self.registry.resources.values()))
        if place.plural == "selfsubjectaccessreviews":
            return Answer(201, review(user, request.decoded()))
        return self._of_resource(request, user, place)

    def _of_resource(self, request: Request, user: User, place: Place) -> Answer:
        asked = place.asked(request)
        resource = self.registry.resources.get((place.group, place.version, place.plural))
        refuse(user, asked, resource or Resource(place.group, place.version, place.plural, ""))
        if resource is None:
            known = {(each.group, each.version) for each in self.registry.resources.values()}
            raise no_such_resource() if (place.group, place.version) in known else NoSuchPath
        if asked.verb == "watch":
            wanted(request)
            return Answer(watched=(resource, place.namespace))
        target = Target(resource, place.namespace, place.name)
        if place.subresource in ("attach", "exec") and place.plural == "pods":
            return Answer(attached=self._attached(request, self.registry.get(target), place.subresource))
        if place.subresource in ("log", "scale"):
            return self._below(request, target, place.subresource)
        if place.subresource not in ("", "status", "finalize") or (
            place.subresource == "status" and not resource.status
        ):
            raise not_found(resource, place.name) if resource.custom else no_such_resource()
        return self._verb(request, user, asked, target)

    def _verb(self, request: Request, user: User, asked: Asked, target: Target) -> Answer:
        resource, subresource = target.resource, asked.subresource
        if asked.verb == "get":
            return Answer(body=self.registry.get(target))
        if asked.verb == "list":
            return Answer(body=listed(self.registry.store, resource, target.namespace, request))
        if asked.verb == "create" and not target.name:
            created = self.registry.create(resource, target.namespace, request.decoded(), request.write(""))
            return Answer(201, created)
        if asked.verb == "update" and target.name:
            replaced, created = self.registry.replace(target, request.decoded(), request.write(subresource))
            return Answer(201 if created else 200, replaced)
        if asked.verb == "patch" and target.name:
            return self._patch(request, user, asked, target)
        if asked.verb in ("delete", "deletecollection"):
            return self._delete(request, target)
        raise method_not_allowed()

    def _patch(self, request: Request, user: User, asked: Asked, target: Target) -> Answer:
        form, write = request.content_type.partition(";")[0], request.write(asked.subresource)
        if form != APPLY_PATCH:
            return Answer(body=self.registry.patch(target, request.decoded(), form, write))
        creation = Asked("create", asked.group, asked.resource, asked.namespace, asked.name)
        may_create = partial(refuse, user, creation, target.resource)
        obj, created = self.registry.apply(target, request.decoded(), write, may_create)
        return Answer(201 if created else 200, obj)

    def _delete(self, request: Request, target: Target) -> Answer:
        options = _options(request)
        deletion = Deletion(self.registry.store, dry_run="All" in (options.get("dryRun") or []))
        with self.registry.store.lock:
            if target.name:
                body = deletion.delete(target.resource, self.registry.get(target), options)
                return Answer(body=body, warnings=deletion.warnings)
            found = listed(self.registry.store, target.resource, target.namespace, request)
            for obj in found["items"]:
                name, namespace = obj["metadata"]["name"], obj["metadata"].get("namespace", "")
                whole = self.registry.get(Target(target.resource, namespace, name))
                deletion.delete(target.resource, whole, options)
        return Answer(body=found, warnings=deletion.warnings)

    def _attached(self, request: Request, pod: JSON, how: str) -> Attached:
        """Raises Refused where it is no WebSocket (400), or the container does not run (500)."""
        if request.headers.get("upgrade", "").lower() != "websocket":
            raise bad_request("Upgrade request required")
        name = request.parameter("container") or pod["spec"]["containers"][0]["name"]
        container = next((each for each in pod["spec"]["containers"] if each["name"] == name), None)
        if container is None:
            raise bad_request(f"container {name} is not valid for pod {pod['metadata']['name']}")
        statuses = pod.get("status", {}).get("containerStatuses") or []
        if not any(each["name"] == name and "running" in each["state"] for each in statuses):
            raise Refused(500, "InternalError", f"Internal error occurred: container {name} is not running", {})
        if how == "exec":
            argv, terminal = request.parameters("command"), request.is_set("tty")
            begin = partial(one_offs.executed, self.world, pod, container, argv, terminal=terminal)
            return Attached(begin, tells_code=True, is_once=False)
        process = self.world.processes.of_pods.get(pod["metadata"]["uid"])
        if process is None:
            raise Refused(500, "InternalError", "Internal error occurred: only one-off pods have processes here", {})
        return Attached(process.attached, tells_code=False, is_once=bool(container.get("stdinOnce")))

    def _below(self, request: Request, target: Target, subresource: str) -> Answer:
        obj = self.registry.get(target)
        if subresource == "log":
            said = self.logs.read(obj, request)
            if request.is_set("follow"):
                return Answer(followed=self.logs.follow(partial(self.registry.get, target), request))
            return Answer(text=said)
        if request.method == "GET":
            return Answer(body=scaling.scale_of(obj))
        return Answer(body=scaling.scaled(self.registry, target, request.decoded(), request.write("scale")))


def _options(request: Request) -> JSON:
    """Of the body where there is one, and else of the query: never of both."""
    options = dict(request.decoded() or {})
    for name in ("propagationPolicy", "gracePeriodSeconds"):
        given = request.parameter(name)
        if given and not request.body:
            options.setdefault(name, int(given) if name == "gracePeriodSeconds" else given)
    if request.parameter("dryRun") == "All" and not request.body:
        options["dryRun"] = ["All"]
    policy = options.get("propagationPolicy")
    if policy not in (None, "Foreground", "Background", "Orphan"):
        said = f'Unsupported value: "{policy}": supported values: "Foreground", "Background", "Orphan", "nil"'
        raise invalid_options("DeleteOptions", Cause("FieldValueNotSupported", said, "propagationPolicy"))
    return options
