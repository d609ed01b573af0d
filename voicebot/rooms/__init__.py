"""Rooms: LiveKit's side of a conversation. `livekit` is imported nowhere else."""
