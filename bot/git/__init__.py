"""Adapter for the git program."""
