"""Delivery through Git: Argo CD applies what is committed."""
