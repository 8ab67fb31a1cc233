"""One turn, from message to reply: observing, composing the context, asking the voice, keeping the answer."""
