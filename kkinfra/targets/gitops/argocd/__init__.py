"""Argo CD and its Image Updater: what they say, followed and explained."""
