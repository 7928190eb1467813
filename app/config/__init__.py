"""The product's configuration: settings, Celery, ASGI, URLs, health."""
