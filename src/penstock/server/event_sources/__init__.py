"""What events of our own say: one module a noun, with the names, labels and roles of the reference."""
