"""Accounts: what the roles are, how one signs in, which passwords will do, how long a session lasts."""
