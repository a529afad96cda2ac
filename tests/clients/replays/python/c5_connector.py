"""Client C5: a connector of an integration platform, in Go, that reads what changed since the last time, and writes."""

import datetime
import json
import os
import urllib.parse

from go_client import BASE, own_token, send, token

# A user would log in with a browser. The service has no users: the connector falls back on the credentials of a client.
page = {"response_type": "code", "client_id": os.environ["CLIENT_ID"], "redirect_uri": "http://127.0.0.1/back"}
status, _, answer = send("GET", f"{BASE}/oauth/authorize?{urllib.parse.urlencode(page)}")
assert (status, answer["code"]) == (404, "NOT_FOUND"), answer
own = {"client_id": os.environ["CLIENT_ID"], "client_secret": os.environ["CLIENT_SECRET"]}
log_in = {"grant_type": "authorization_code", "code": "a", "redirect_uri": "http://127.0.0.1/back", **own}
renewal = {"grant_type": "refresh_token", "refresh_token": "a", **own}
for form in (log_in, renewal):
    status, answer = token(form)
    assert (status, answer["error"]) == (400, "unsupported_grant_type"), answer
    assert answer["error_description"], answer

AUTHORIZATION = {"Authorization": f"Bearer {own_token()}"}


def read(name, since, until):
    """Reads all objects that changed between two times, from link to link; the objects of each page."""
    query = {"updated_at_from": at(since), "updated_at_to": at(until)}
    url, pages = f"{BASE}/{name}?{urllib.parse.urlencode(query)}", []
    while url:
        status, _, answer = send("GET", url, AUTHORIZATION)
        if status != 200:
            return status, answer
        pages.append(answer["_embedded"][name.replace("-", "_")])
        url = answer["_links"].get("next", {}).get("href")
        # Otherwise the next page would have objects that have not changed.
        assert url is None or query.items() <= dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query)).items()
    return status, pages


def at(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def create(name, value):
    """Without a Content-Type."""
    status, _, answer = send("POST", f"{BASE}/{name}", AUTHORIZATION, json.dumps(value).encode())
    assert status == 201, answer
    return answer["id"]


def change(name, key, value):
    headers = {**AUTHORIZATION, "Content-Type": "application/json-patch+json"}
    status, _, answer = send("PATCH", f"{BASE}/{name}/{key}", headers, json.dumps(value).encode())
    return status, answer


start = datetime.datetime.now(datetime.UTC)
hour = datetime.timedelta(hours=1)
ids = [create("record-lists", {"name": f"List {number:03}"}) for number in range(120)]
end = datetime.datetime.now(datetime.UTC)

status, pages = read("record-lists", start, end)
assert status == 200, pages
lengths = [len(page) for page in pages]
assert lengths == [50, 50, 20], lengths
assert sorted(found["id"] for page in pages for found in page) == sorted(ids)
for since, until in ((start - hour, start - hour), (end + hour, end + 2 * hour)):
    assert read("record-lists", since, until) == (200, [[]])

status, answer = change("record-lists", ids[0], {"op": "replace", "path": "/name", "value": "Renamed"})
assert (status, answer["id"], answer["name"]) == (200, ids[0], "Renamed"), answer
status, answer = change("record-lists", ids[1], {"name": "Renamed, too"})
assert (status, answer["id"], answer["name"]) == (200, ids[1], "Renamed, too"), answer
status, answer = change("record-lists", ids[2], {"op": "replace", "path": "/status", "value": "UPLOADED"})
assert (status, answer["code"]) == (409, "CONFLICT"), answer

status, answer = read("do-not-call-lists", start, end)
assert (status, answer["code"]) == (404, "NOT_FOUND"), answer

print("all as expected")
