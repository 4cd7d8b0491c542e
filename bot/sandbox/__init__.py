"""A stateful GitHub on loopback: REST, signed webhooks and real git, for the demo, for trials and for all tests."""
