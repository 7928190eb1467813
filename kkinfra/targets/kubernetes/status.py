"""The verb `status` on a cluster: what runs, whether it is well, its certificate, its room, and drift."""

from __future__ import annotations

import base64
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kkinfra.errors import ClusterError
from kkinfra.secrets.mask import Mask
from kkinfra.secrets.needs import secret_needs
from kkinfra.spec.platforms import CertSecret
from kkinfra.targets.certificate import end_in, served_end
from kkinfra.targets.kubernetes.apply import lock
from kkinfra.targets.kubernetes.apply.waiting import WAITED_FOR, Waiting
from kkinfra.targets.kubernetes.client.kinds import BUILT_IN
from kkinfra.targets.kubernetes.client.objects import part, reference
from kkinfra.targets.kubernetes.health.readiness import readiness
from kkinfra.targets.kubernetes.health.room import room
from kkinfra.targets.kubernetes.health.running import running
from kkinfra.targets.kubernetes.plan import history
from kkinfra.targets.kubernetes.plan.desired import desired_objects
from kkinfra.targets.kubernetes.plan.looking import Looking
from kkinfra.targets.kubernetes.plan.secret_values import live_secrets
from kkinfra.targets.protocol.status import CertificateStatus, DriftStatus, PartStatus, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kkinfra.spec.environment import Environment
    from kkinfra.targets.kubernetes.client.api import Api
    from kkinfra.targets.kubernetes.plan.desired import Desired
    from kkinfra.targets.kubernetes.plan.live import Live
    from kkinfra.targets.kubernetes.session import ClusterSession

    Comparing = Callable[[Looking, Live], DriftStatus]

_REFUSED = (401, 403)
_SECRETS, _PODS = BUILT_IN["", "v1", "Secret"], BUILT_IN["", "v1", "Pod"]
_CLAIM = "PersistentVolumeClaim"


def drift_of(looking: Looking, live: Live) -> DriftStatus:
    """What differs from what was deployed."""
    return DriftStatus(tuple(looking.drifted(live)))


def look(session: ClusterSession, compare: Comparing = drift_of) -> Status:
    """What runs, since when, which digest, well or why not."""
    desired = desired_objects(session.environment, session.wanted.tree)
    return _Looking(session.environment, desired, session.api, compare).status()


@dataclass(frozen=True, slots=True)
class _Looking:
    environment: Environment
    desired: Desired
    api: Api
    compare: Comparing

    def status(self) -> Status:
        """Everything; the certificate is looked at while the cluster is asked."""
        with ThreadPoolExecutor(1) as pool:
            certificate = pool.submit(self.certificate)
            looking = Looking(self.api, self.desired)
            live = looking.look()
            last = history.last_served_among(live.objects.values())
            held = lock.look(self.api, self.environment.namespace)
            claims = [found for each in self.desired.objects if each["kind"] == _CLAIM and (found := live.get(each))]
            return Status(
                str(self.environment.name), f"{self.environment.namespace} on {self.api.server}",
                last.as_run(serves=True) if last else None, tuple(self.parts(live)),
                tuple(room(self.api, self.environment.namespace, claims)), certificate.result(),
                self.drift(looking, live), held, now=time.time(),
            )  # fmt: skip

    def parts(self, live: Live) -> Iterator[PartStatus]:
        """Everything that is waited for in a deploy."""
        mask = Mask(live_secrets(self.api, secret_needs(self.environment)))
        waiting = Waiting(self.api, self.environment.namespace, 0, lambda _: None, mask=mask)
        pods = self.api.list(_PODS, self.environment.namespace)
        for each in self.desired.objects:
            if each["kind"] not in WAITED_FOR:
                continue
            name, there = str(reference(each)), live.get(each)
            if there is None:
                yield PartStatus(name, "absent", "is not there")
                continue
            state = readiness(there)
            why = [state.why, *(waiting.explain(there) if state.state != "ready" else ())]
            yield running(PartStatus(name, state.state, "\n    ".join(why)), there, pods)

    def drift(self, looking: Looking, live: Live) -> DriftStatus:
        """What differs from what was deployed, or why that is not known."""
        try:
            return self.compare(looking, live)
        except ClusterError as error:
            if not error.status:
                raise
            return DriftStatus(problem=str(error))

    def certificate(self) -> CertificateStatus | None:
        """Of the Secret that the spec names, else the one that is shown for the domain."""
        tls, domain = self.environment.tls, str(self.environment.domain)
        try:
            if isinstance(tls, CertSecret):
                found = self.api.get(_SECRETS, self.environment.namespace, str(tls.name))
                pem = base64.b64decode(str(part(found, "data").get("tls.crt", ""))).decode(errors="replace")
                return CertificateStatus(f"the Secret {tls.name}", end_in(pem))
            return CertificateStatus(domain, served_end(domain)) if tls is not None else None
        except ClusterError as error:
            if error.status not in _REFUSED:
                raise
            return CertificateStatus(f"the Secret of {domain}", problem="this user may not read it")
        except (OSError, ValueError) as error:
            where = f"the Secret {tls.name}" if isinstance(tls, CertSecret) else domain
            return CertificateStatus(where, problem=f"not seen from here: {error}")
