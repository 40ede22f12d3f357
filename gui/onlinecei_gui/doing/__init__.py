"""What an operator does: it leaves the window as a question to the line, or as a file."""
