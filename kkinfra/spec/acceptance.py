"""Findings of proofs that are accepted: which, why, and until when."""

from typing import Annotated

from pydantic import Field

from kkinfra.spec.date import Date
from kkinfra.spec.model import Model, value

RuleName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*/[a-z][a-z0-9-]*$")]
"""A proof and what it found, as a finding is told with: `capacity/peak`."""

FieldName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.\[\]-]{1,200}$")]
"""The field of an environment that a finding is about: `platform.host.instance_type`."""


class Acceptance(Model):
    """Why a finding is accepted, and until when. It stays visible."""

    reason: Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$")] = (
        value("Why it is accepted.", "measured: 620 MB under load", "the VPN comes next month")
    )
    until: Date | None = value("The last day on which it is accepted.", "2027-03-01", "2027-09-30", default=None)


Accepted = dict[RuleName, dict[FieldName, Acceptance]]
