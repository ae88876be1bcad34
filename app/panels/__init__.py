"""The panels around the canvas. Each takes the session and the theme, and knows no other."""
