"""Files: recorded runs, tables of centroids, geometries."""
