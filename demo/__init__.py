"""Fenbridge, a city that does not exist: its bundle is written here, and all else is made of it through services."""
