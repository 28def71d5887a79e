"""Places that served and deployed flows get their code from: see `penstock.runner.storage`."""
