from django.core.management.commands import migrate

from ..installation import Executor

migrate.MigrationExecutor = Executor  # the command has no other place to say so


class Command(migrate.Command):
    """Django's own, but that a migration that is killed can be run again."""
