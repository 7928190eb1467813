"""The product's settings, with the variables that tests and type checks need."""

from tests import environment

environment.supply()

from config.settings import *  # noqa: E402, F403 - the variables come first

# Pages name static files as they lie in the tree, so that tests need no `collectstatic`.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405

# The product's passwords take long to check, on purpose.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
