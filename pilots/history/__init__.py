"""The history of the record: noticed on every save (recording), never rewritten (append_only)."""
