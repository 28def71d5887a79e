"""Flows: the decorator, and the value that it makes."""

from penstock.sdk.flows import Flow, flow

__all__ = ["Flow", "flow"]
