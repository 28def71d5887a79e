"""Runs flows and tasks: begin → validate → execute → settle. Start reading at `flow_run.py`."""
