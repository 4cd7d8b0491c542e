"""Adapter for programs that the operator plugs in: a second opinion for triage, a second planner for epics."""
