"""Events sent one by one, and followed as they happen."""

from penstock.sdk.event_clients import (
    EventsClient,
    EventSubscriber,
    get_events_client,
    get_events_subscriber,
)

__all__ = ["EventSubscriber", "EventsClient", "get_events_client", "get_events_subscriber"]
