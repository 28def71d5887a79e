"""The launchers that come with Penstock, one kind of infrastructure a module."""
