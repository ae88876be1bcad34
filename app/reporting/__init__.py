"""What goes out of the window about a run: reports, and bundles that others run again."""
