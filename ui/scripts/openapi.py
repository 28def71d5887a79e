"""Prints the OpenAPI document of the API, from which the types of src/api/contract.d.ts are made."""

import json
import sys

from penstock.contract.openapi import describe
from penstock.contract.registry import ENDPOINTS

if __name__ == "__main__":
    json.dump(describe(ENDPOINTS.values(), "0"), sys.stdout, indent=1)
