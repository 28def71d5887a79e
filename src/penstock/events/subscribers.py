"""What one run tells, as it happens."""

from penstock.sdk.flow_run_subscriber import FlowRunSubscriber

__all__ = ["FlowRunSubscriber"]
