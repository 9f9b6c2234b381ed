#!/usr/bin/env python
import gc
import os
import sys

if __name__ == "__main__":
    gc.disable()  # until apps are ready (pilots.apps): looking through what is imported takes half as long again
    os.umask(0o077)  # what the site makes is for its owner
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import Error

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        [line, *_] = str(error).splitlines()
        sys.exit(f"设置有误：{line}（没有 SECRET_KEY 时，请先运行 quickstart。）")
    except (OSError, Error) as error:  # of Django's own commands: ours say for themselves what they were at
        if "--traceback" in sys.argv:
            raise
        from pilots.management.errors import reason

        sys.exit(f"{sys.argv[1]} 没有完成：{reason(error)}")
