"""What a mind is, as pure values and functions: no I/O, no clock, no randomness of its own; `now` and ids are passed in."""
