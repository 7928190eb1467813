"""What the probes of workers import."""


class Celery:
    """An application whose workers all answer."""

    def __init__(self, *_, **__):
        self.control = self

    def ping(self, *_, **__):
        return True
