"""Greets."""

print("Hello!")
