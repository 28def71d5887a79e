"""What users write flows with, and the engine that runs them in their own process."""
