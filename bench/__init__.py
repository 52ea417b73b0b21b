"""Measured claims. Each script prints its figures as JSON and can be run again: scripts/bench NAME."""
