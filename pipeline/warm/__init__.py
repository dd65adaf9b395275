"""Warm starts: a process that has imported what stages import, and forks a child for each stage that asks.

Most of a short stage's time goes into importing torch and transformers. `python -m pipeline.warm.parent` imports them once and
listens on a Unix socket; a stage (`python -m pipeline.stages.finetune ...`, the same command warm and cold, since DVC records
it) that finds the socket's path in `DETOUR_WARM` hands itself over before it has imported anything (`client`), and a fork of the
parent becomes it (`child`). What the stage's process was given - arguments, environment, folder, streams, limits - goes along;
what cannot go along must be alike (`likeness`), else the stage starts cold. Linux alone; standard library alone.
"""
