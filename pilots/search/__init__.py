"""Search: text → tokens → the database's own index → query. See README, “How it finds”."""

import os

# pypinyin's 47,000 phrases would take a third of a worker's memory: `pinyin` holds those that the site's texts need.
os.environ |= {"PYPINYIN_NO_PHRASES": "1", "PYPINYIN_NO_DICT_COPY": "1"}
