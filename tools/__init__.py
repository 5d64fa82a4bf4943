"""The commands of the Makefile that are programs, and code that the commands share with tests and benchmarks."""
