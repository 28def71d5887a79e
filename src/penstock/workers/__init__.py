"""Workers: they claim the runs of a pool and start each as a job, of a kind that a launcher knows."""
