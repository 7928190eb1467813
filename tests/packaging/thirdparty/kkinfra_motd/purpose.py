"""A proof of somebody else's: every environment says what it is for."""

from typing import ClassVar

from kkinfra.proving.proof import Finding, Row


class PurposeProof:
    rules: ClassVar = {"said": "What an environment is for."}

    def prove(self, environment, tree):
        rows = (Row("purpose", environment.purpose, ("purpose",)), Row("files", str(len(tree)), source="rendered"))
        yield Finding("said", "note", ("purpose",), f"is for {environment.purpose}", "", rows)
