"""The server's background loops: one service a module, all of the shape in `base.py`."""
