"""Time: takes work, retries, wakes up. Knows no feature."""
