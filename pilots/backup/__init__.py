"""Backups: one moment of the database in a file with its manifest.

place (a database and what it holds) ← sqlite, postgresql (copying and filling one) ← engines ← writing;
manifest (the file beside each backup, and which files are ours).
"""
