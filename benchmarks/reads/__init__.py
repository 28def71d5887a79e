"""What the measurement of reads needs: a database of a year's size on both sides, and what is asked of it."""
