"""The directory's pages: one's own account, an institution's record, its people, roles and agreements."""
