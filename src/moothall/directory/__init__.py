"""Organisations and teams."""
