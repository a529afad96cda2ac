"""Client C2: the job of each night, and a standing list that is emptied and filled anew."""

import requests
from nightly import LISTS, Token, add_records, create_list, person

LIMIT = 100


def delete_record(token, list_id, record_id):
    url = f"{LISTS}/{list_id}/records/{record_id}"
    requests.delete(url, headers={"Authorization": f"Bearer {token}"}, timeout=30).raise_for_status()


def purge(token, list_id, between=lambda record_ids: None):
    """Deletes all records; how many were seen, how many were deleted, and the statuses of the faults.

    `between` happens after a page has been read.
    """
    offset, seen, deleted, faults = 0, 0, 0, []
    while True:
        response = requests.get(
            f"{LISTS}/{list_id}/records",
            headers={"Authorization": f"Bearer {token}"},
            params={"limit": LIMIT, "offset": offset},
            timeout=30,
        )
        response.raise_for_status()
        records = response.json().get("_embedded", {}).get("records", [])
        if not records:
            return seen, deleted, faults
        seen += len(records)
        between([record["id"] for record in records])
        for record in records:
            try:
                delete_record(token, list_id, record["id"])
                deleted += 1
            except requests.RequestException as fault:
                # Logged and passed over: the next night deletes what is left.
                faults.append(fault.response.status_code)
        offset += LIMIT


token = Token()
standing = create_list(token, "Standing • rotation")
add_records(token, standing, [person(number) for number in range(1, 231)])

tonight = create_list(token, "Airflow 2026-11-30 04:12CST Monday • 1_119")
add_records(token, tonight, [person(number) for number in range(1, 31)])

somebody_else = []


def delete_one(record_ids):
    """Somebody deletes the last record of the first page meanwhile."""
    if not somebody_else:
        somebody_else.append(record_ids[-1])
        delete_record(token, standing, record_ids[-1])


assert purge(token, standing, delete_one) == (230, 229, [404])
assert purge(token, standing) == (0, 0, [])

# The list refuses numbers that it still has.
add_records(token, standing, [person(number) for number in range(201, 251)])

print("all as expected")
