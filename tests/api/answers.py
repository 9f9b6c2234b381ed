"""The addresses of the API, with the number of queries that each takes whatever the data; and how to ask them."""

from pilots.record import BATCH_TWO

API = "/api/v1/"
LISTS = {
    f"{API}regions/": 8,
    f"{API}regions/?q=建立&province=beijing&page_size=1": 11,
    f"{API}priorities/": 5,
    f"{API}priorities/?topic=regional-cooperation&province=beijing": 5,
    f"{API}provinces/": 4,
    f"{API}topics/": 3,
    f"{API}systems/": 3,
    f"{API}ministries/": 5,
    f"{API}notices/": 3,
    f"{API}sections/": 3,
    f"{API}changes/": 4,
    f"{API}deletions/": 3,
    f"{API}search/": 8,
    f"{API}search/?q=没有这样的词": 6,
}
RECORDS = {
    f"{API}regions/beijing-huairou/": 7,
    f"{API}priorities/jing-jin-ji/1/": 4,
    f"{API}provinces/xinjiang/": 3,
    f"{API}topics/regional-cooperation/": 5,
    f"{API}systems/other/": 5,
    f"{API}ministries/mep/": 4,
    f"{API}notices/{BATCH_TWO}/": 8,
    f"{API}sections/{BATCH_TWO}/signature/": 2,
}
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
