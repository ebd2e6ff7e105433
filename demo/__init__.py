"""A small family of well-formed packages, and a command that fills a running registry with it."""
