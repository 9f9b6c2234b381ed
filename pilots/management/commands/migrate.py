from django.core.management.commands import migrate

from ..installation import Executor

# The command has no other place to say so, and its stubs not this one.
migrate.MigrationExecutor = Executor  # type: ignore[attr-defined]


class Command(migrate.Command):
    """Django's own, but that a migration that is killed can be run again."""
