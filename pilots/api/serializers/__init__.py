"""What a thing is as data: the one description behind the API, the `.json` beside a page and the JSON-LD in it.

A text that isn't stated is empty; a date or another thing that isn't is null. What isn't verified is not given. The
docstrings, labels and help texts are what the description at `/api/` and the schema say.
"""
