"""Event files that TensorBoard reads, written without any of its packages."""
