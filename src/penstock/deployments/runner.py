"""The deployments that `flow.to_deployment(…)` makes, under the name that the reference SDK gives them."""

from penstock.sdk.deployments.deploying import deploy
from penstock.sdk.deployments.flow_deployment import FlowDeployment as RunnerDeployment
from penstock.sdk.deployments.flow_location import EntrypointType

__all__ = ["EntrypointType", "RunnerDeployment", "deploy"]
