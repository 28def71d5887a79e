"""The command line. One file for each noun; `main.py` is where a process enters, `nouns.py` the table of all.

To add a command, see `command.py`.
"""
