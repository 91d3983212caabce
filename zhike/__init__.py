"""Zhike 知客: a self-hosted CRM that holds the whole life of a customer."""

__version__ = "0.1.0"
