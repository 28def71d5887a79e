"""What is said over each websocket, once somebody has been let in: one module a socket."""
