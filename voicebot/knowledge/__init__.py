"""What the shop's documents say: read, cut into sentences, indexed, found, quoted."""
