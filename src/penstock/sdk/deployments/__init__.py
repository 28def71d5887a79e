"""From a deployment file to deployments: reading, filling in, planning, and having the code where it runs."""
