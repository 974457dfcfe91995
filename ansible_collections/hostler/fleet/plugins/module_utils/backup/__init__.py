"""What keeps a fleet's data: backups by pgBackRest on the host of the group ``backup``, and the proof that they can be restored."""
