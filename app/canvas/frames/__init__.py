"""Comment frames on the canvas: what lies in one, how they are painted, and what can be done to them."""
