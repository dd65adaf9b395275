"""Sites as sources: pages fetched once and kept as WARC, and records made of them without the network."""
