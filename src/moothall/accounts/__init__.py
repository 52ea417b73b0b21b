"""User: credentials. Who one is elsewhere is the directory's matter."""
