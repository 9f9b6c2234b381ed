#!/usr/bin/env python
import os
import sys

if __name__ == "__main__":
    os.umask(0o077)  # what the site makes is for its owner
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        [line, *_] = str(error).splitlines()
        sys.exit(f"设置有误：{line}（没有 SECRET_KEY 时，请先运行 quickstart。）")
