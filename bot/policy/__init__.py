"""Rules worth a name. Pure: no async, no clock, no chance; imports `model` only. Readable for those they block."""
