"""The cache in the database that counts for every process: what can't be written is no answer of "too many"."""

from typing import Any

from django.core.cache.backends.db import DatabaseCache
from django.db import DatabaseError, IntegrityError, connections, router, transaction

from ..http import outages


class SharedCache(DatabaseCache):
    """Django's own, but that no failure of the database is taken for a rival who was quicker."""

    def _base_set(self, *args: Any, **kwargs: Any) -> bool:
        alias = router.db_for_write(self.cache_model_class)
        failures: list[DatabaseError] = []

        def watch(execute: Any, *statement: Any) -> Any:
            try:
                return execute(*statement)
            except DatabaseError as error:
                failures.append(error)
                raise

        with transaction.atomic(using=alias), connections[alias].execute_wrapper(watch):
            is_done = super()._base_set(*args, **kwargs)  # type: ignore[misc]  # Django's stubs lack it
        for failure in failures:
            if not isinstance(failure, IntegrityError) and outages.of(failure) is not outages.BUSY:
                raise failure
        return is_done
