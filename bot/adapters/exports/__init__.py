"""Readers of chat exports: each turns a file into the same frozen events that a live platform sends."""
