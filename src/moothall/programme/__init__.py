"""The plan of a term: what runs, when and where, for whose people and at whose cost."""
