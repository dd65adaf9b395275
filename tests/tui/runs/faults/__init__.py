"""Faults that runs have to survive, each really done."""
