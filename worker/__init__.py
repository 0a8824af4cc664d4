"""Tocsin: a self-hosted news monitor that reads feeds and rings when a watched name appears."""

__version__ = "0.1.0"
