"""The line: ingest, workers, reducer and inference as thin processes over ZeroMQ, and the reader that looks on."""
