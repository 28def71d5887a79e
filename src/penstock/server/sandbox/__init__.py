"""The template language, and the process that runs it. Nothing here is loaded before there is a template."""
