"""The one door out, and what it asks before it opens."""
