"""What the delay lines are like, from the edges of a run."""
