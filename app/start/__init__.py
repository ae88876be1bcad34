"""What one begins with: the start page, published networks, recent designs, the tour."""
