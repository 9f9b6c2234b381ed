"""The addresses of the API, with the number of queries that each takes whatever the data; and how to ask them."""

from pilots.record.checks import BATCH_TWO

API = "/api/v1/"
LISTS = {
    f"{API}regions/": 9,
    f"{API}regions/?q=建立&province=beijing&page_size=1": 12,
    f"{API}priorities/": 6,
    f"{API}priorities/?topic=regional-cooperation&province=beijing": 6,
    f"{API}documents/": 4,
    f"{API}documents/?region=beijing-huairou&kind=rule": 4,
    f"{API}indicators/": 4,
    f"{API}indicators/?region=beijing-huairou&kind=later&relation=successor": 4,
    f"{API}provinces/": 5,
    f"{API}topics/": 3,
    f"{API}systems/": 3,
    f"{API}ministries/": 6,
    f"{API}notices/": 4,
    f"{API}sections/": 4,
    f"{API}changes/": 6,  # edits and their rows are each counted and each read
    f"{API}corrections/": 3,
    f"{API}deletions/": 4,
    f"{API}search/": 9,
    f"{API}search/?q=没有这样的词": 8,  # one for whether anything has 这样的词, one for what came after
}
RECORDS = {
    f"{API}regions/beijing-huairou/": 8,
    f"{API}priorities/beijing-huairou/1/": 5,
    f"{API}documents/beijing-huairou/1/": 3,
    f"{API}indicators/beijing-huairou/1/": 3,
    f"{API}provinces/beijing/": 4,
    f"{API}topics/regional-cooperation/": 7,
    f"{API}systems/other/": 7,
    f"{API}ministries/mep/": 5,
    f"{API}notices/{BATCH_TWO}/": 10,
    f"{API}sections/{BATCH_TWO}/signature/": 3,
}
FEW_HAVE = [  # which an area alone may lack
    *(f"{API}mechanisms/", f"{API}mechanisms/jing-jin-ji/1/"),
    *(f"{API}projects/", f"{API}projects/guangxi-guilin/1/"),
]
BESIDE = {
    "/regions/beijing-huairou/": "/regions/beijing-huairou.json",
    "/provinces/xinjiang/": "/provinces/xinjiang.json",
    "/topics/rule-of-law/": "/topics/rule-of-law.json",
    "/systems/other/": "/systems/other.json",
    "/ministries/mep/": "/ministries/mep.json",
    f"/notices/{BATCH_TWO}/": f"/notices/{BATCH_TWO}.json",
}
EVERYTHING = {API: 1} | LISTS | RECORDS


def every(client, path):
    """Return the results of all pages of a list."""
    found, page = [], client.get(path).json()
    while True:
        found += page["results"]
        if not page["next"]:
            assert len(found) == page["count"]
            return found
        page = client.get(page["next"].removeprefix("http://testserver")).json()
