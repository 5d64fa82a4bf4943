"""The commands of the Makefile that are programs, and what they share with tests and benchmarks."""
