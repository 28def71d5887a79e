"""Sources of code for `flow.from_source(…)`."""

from penstock.sdk.deployments.sources import GitRepository
from penstock.sdk.deployments.sources import LocalSource as LocalStorage
from penstock.sdk.deployments.sources import source_of as create_storage_from_source

__all__ = ["GitRepository", "LocalStorage", "create_storage_from_source"]
