"""The programme's pages: reading what is planned, and the coordinator's planning."""
