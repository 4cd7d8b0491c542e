"""Adapter for GitHub: the only room that speaks its REST API and knows the shapes of its JSON."""
