"""Curves that grow: kept whole with a pyramid of extremes, painted column by column, looked at through a shared lens."""
