"""Deployments: created by Python code, run, and waited for."""

from penstock.sdk.deployments.deploying import deploy
from penstock.sdk.deployments.deployment_runs import arun_deployment, run_deployment
from penstock.sdk.deployments.flow_deployment import FlowDeployment
from penstock.sdk.deployments.flow_location import EntrypointType
from penstock.sdk.deployments.flow_options import ConcurrencyLimitConfig

__all__ = [
    "ConcurrencyLimitConfig",
    "EntrypointType",
    "FlowDeployment",
    "arun_deployment",
    "deploy",
    "run_deployment",
]
