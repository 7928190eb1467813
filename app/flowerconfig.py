"""Flower's options: it reads this file from the directory that it is started in, and takes the names that it knows.

https://flower.readthedocs.io/en/latest/config.html
"""

import os
from logging.config import dictConfig

from django.conf import settings

from config.environment import Environment
from config.start import legible

_env = Environment(os.environ)
_password = _env.secret("FLOWER_BASIC_AUTH")
if _password and not all(_password.reveal().partition(":")):
    _env.problems.append("FLOWER_BASIC_AUTH is not of the form user:password. Write one that is.")
with legible():
    _env.check()

# Flower shows what runs and can stop it, so it asks for a name and a password wherever it listens.
basic_auth = [_password.reveal()]
persistent = False
max_workers = 20
max_tasks = 2000  # of 2 KB each in memory; the default is 100,000
purge_offline_workers = 3600

dictConfig(settings.LOGGING)
