"""Addresses of the status pages."""

from django.urls import path

from monitor import views

urlpatterns = [
    path("", views.status, name="status"),
    path("targets/<int:pk>/", views.target, name="target"),
    path("robots.txt", views.robots, name="robots"),
]
