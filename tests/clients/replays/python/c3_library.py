"""Client C3: a library in Go with 12 operations of record lists and 8 of do-not-call lists."""

import json
import urllib.parse

from go_client import BASE, own_token, send

ACCEPT = {"Accept": "application/json"}
CONTENT = {"Content-Type": "application/json"}
TOKEN = own_token()


def call(method, path, headers, query=None, body=None):
    """The base address ends with a slash, and some paths begin with one."""
    url = f"{BASE}/{path}"
    if query:
        url = f"{url}?{urllib.parse.urlencode(query)}"
    body = None if body is None else json.dumps(body).encode()
    status, _, answer = send(method, url, {"Authorization": f"Bearer {TOKEN}", **headers}, body)
    return status, answer


def good(response):
    """The body of a response that is any 2xx."""
    status, answer = response
    assert 200 <= status < 300, response
    return answer


def absent(response):
    status, answer = response
    assert (status, answer["code"]) == (404, "NOT_FOUND"), response


def person(number):
    return {
        "first_name": "Adamarked",
        "last_name": "Lovelacemarked",
        "phone_numbers": [{"phone_number": f"+1415555010{number}", "phone_type": "MOBILE"}],
    }


BOTH = {**ACCEPT, **CONTENT}

created = good(call("POST", "record-lists", BOTH, body={"name": "Library", "unique_identifier_type": "PHONE_NUMBER"}))
list_id = created["id"]
assert good(call("GET", f"record-lists/{list_id}", ACCEPT))["records_count"] == 0
# The path of this operation has a slip, which nobody has noticed.
absent(call("GET", "record/lists", ACCEPT, {"name": "Library", "status": "ACCEPTED", "page": 1, "per_page": 200}))

single = good(call("POST", f"record-lists/{list_id}/records", BOTH, body=person(1)))
many = {"records": [person(number) for number in (2, 3, 4, 5)]}
filled = good(call("POST", f"record-lists/{list_id}/records/bulks", BOTH, body=many))
assert (filled["total_created"], filled["total_errors"]) == (4, 0), filled
second, third, fourth, fifth = [record["id"] for record in filled["_embedded"]["records"]]

read = good(call("GET", f"record-lists/{list_id}/records/{single['id']}", ACCEPT))
assert (read["phone_number"], read["priority"]) == ("+14155550101", 11), read

changes = [
    {"op": "replace", "path": "/priority", "value": 9},
    {"op": "add", "path": "/extra_data/home", "value": "Lisbon"},
]
changed = good(call("PATCH", f"record-lists/{list_id}/records/{single['id']}", BOTH, body=changes))
assert (changed["priority"], changed["extra_data"]) == (9, {"home": "Lisbon"}), changed

changes = [
    {"op": "replace", "path": f"/records/{second}", "value": {"priority": 10}},
    {"op": "add", "path": f"/records/{fifth}", "value": {"extra_data": {"plan": "gold"}}},
]
changed = good(call("PATCH", f"record-lists/{list_id}/records/bulks", BOTH, body=changes))
assert (changed["total_created"], changed["total_errors"]) == (2, 0), changed

csv = {"filename": "people.csv", "byte_size": 1024, "checksum": "0" * 32, "content_type": "text/csv"}
absent(call("POST", f"record-lists/{list_id}/upload-requests", BOTH, body={"csv_metadata": csv}))
handed_over = {"op": "replace", "path": "/status", "status": "UPLOADED"}
absent(call("PATCH", f"record-lists/{list_id}/upload-requests/1", BOTH, body=handed_over))

good(call("DELETE", f"record-lists/{list_id}/records", ACCEPT, {"phone": "+14155550103"}))
good(call("DELETE", f"/record-lists/{list_id}/records/{fourth}", ACCEPT))
for gone in (third, fourth):
    status, answer = call("GET", f"record-lists/{list_id}/records/{gone}", ACCEPT)
    assert (status, answer["code"]) == (404, "RECORD_NOT_FOUND"), answer

lists, entries = "do-not-call-lists", "do-not-call-lists/1/entries"
expiration = {"op": "replace", "path": "/expiration_date", "value": "2030-12-31"}
absent(call("GET", lists, CONTENT, {"name": "Opt-outs", "status": "ACCEPTED", "page": 1, "per_page": 200}))
absent(call("POST", lists, BOTH, body={"name": "Opt-outs"}))
absent(call("GET", f"{lists}/1", CONTENT))
absent(call("GET", entries, CONTENT, {"phone_number": "+14155550101", "page": 1, "per_page": 200}))
absent(call("POST", entries, BOTH, body={"phone_number": "+14155550101", "reason": "custom request"}))
absent(call("PATCH", entries, BOTH, body=[{**expiration, "path": "/1/expiration_date"}]))
absent(call("PATCH", f"{entries}/1", BOTH, body=[expiration]))
absent(call("DELETE", f"{entries}/1", CONTENT))

print("all as expected")
