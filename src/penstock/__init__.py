"""Penstock: a workflow orchestrator that explains every setting of every run."""

__version__ = "0.1.0"
