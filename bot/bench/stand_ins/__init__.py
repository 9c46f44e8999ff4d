"""What a measurement runs against."""
