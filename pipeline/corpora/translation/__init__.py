"""Corpora in the language that their study asks for: translation memory first, then an engine.

`corpus` turns rows into translated rows and says what is missing; `memory` looks translations up in the snapshot under data/
(`entries` has its form) and in the live memory of the main checkout (`live`), to which engines add what they translate.
`engines` chooses the engine: `services` wraps deep-translator's Google and LibreTranslate, over `web` (bounded requests),
`limits` (rate, back-off, outages), `splitting` (long texts) and `threads` (many texts at once); `marian` translates on this machine.
`quality` describes the outcome. `python -m pipeline.corpora.translation` counts the memory and writes the snapshot.

Nothing here imports requests, deep-translator, torch or transformers before an engine that needs them is asked.
"""
