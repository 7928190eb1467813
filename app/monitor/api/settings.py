"""What Django REST framework and drf-spectacular are told; `config.settings` takes both dictionaries from here."""

from __future__ import annotations

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["monitor.api.parsers.SmallJSONParser"],
    # The first one's challenge makes a request without credentials a 401 and not a 403.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    # A view that forgets to say who may use it is staff's.
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "monitor.api.errors.answer",
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

DESCRIPTION = """\
What is watched, how it is, and how it was.

Everyone may read. Staff may write, and sees what others do not: the addresses of targets and the details of errors.
Staff identifies itself with a token (`manage.py drf_create_token NAME`) or with the session of the admin pages.
All times are in UTC (ISO 8601)."""

SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Status monitor",
    "DESCRIPTION": DESCRIPTION,
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {"Outcome": "monitor.models.Outcome", "State": "monitor.models.State"},
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "monitor.api.schema.describe_errors",
    ],
}
