"""Frozen values every room may speak about. No I/O, no clock, imports nothing of `bot`."""
