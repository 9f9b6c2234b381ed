"""Backups: one moment of the database in a file with its manifest, and the proof that it can be restored.

place (a database and what it holds) ← sqlite, postgresql (copying and filling one) ← engines ← writing, checking;
manifest (the file beside each backup, and which files are ours).
"""
