"""Models on the graph of people and items: walks, filters, a light network, and links between people."""
