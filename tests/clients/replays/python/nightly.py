"""What the nightly jobs C1 and C2 share: a token, a new list, and records in chunks of 25."""

import base64
import os
import time

import requests

LISTS = f"{os.environ['RECORD_LISTS']}/record-lists"
# Asked for in one call, although the job for reports is another.
SCOPES = "data-reports:read data-reports:write record-lists:manage"
CHUNK = 25


class Token:
    """A token that is renewed 60 s before its end."""

    def __init__(self):
        self.renewals = 0
        self.renew_at = 0.0
        self.text = ""

    def __str__(self):
        if time.monotonic() >= self.renew_at:
            self.renew()
        return self.text

    def renew(self):
        credentials = f"{os.environ['CLIENT_ID']}:{os.environ['CLIENT_SECRET']}"
        basic = base64.b64encode(credentials.encode()).decode()
        response = requests.post(
            f"{os.environ['RECORD_LISTS']}/oauth/token",
            headers={"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"},
            data={"grant_type": "client_credentials", "scope": SCOPES},
        )
        response.raise_for_status()
        answer = response.json()
        assert answer["scope"] == "record-lists:manage", answer["scope"]
        self.text = answer["access_token"]
        self.renew_at = time.monotonic() + answer.get("expires_in", 599) - 60
        self.renewals += 1


def writing(token):
    return {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Accept": "application/json, application/hal+json",
    }


def person(number):
    return {
        "first_name": "Adamarked",
        "last_name": "Lovelacemarked",
        "phone_numbers": [{"phone_number": f"+1415555{number:04}", "phone_type": "MOBILE"}],
        "timezone": "America/Chicago",
        "extra_data": {"days_past_due": str(number)},
    }


def create_list(token, name):
    response = requests.post(LISTS, headers=writing(token), json={"name": name})
    response.raise_for_status()
    answer = response.json()
    assert answer.get("name") == name, answer
    assert answer.get("status") == "ACCEPTED", answer
    return answer["id"]


def add_records(token, list_id, records):
    for offset in range(0, len(records), CHUNK):
        chunk = records[offset : offset + CHUNK]
        response = requests.post(f"{LISTS}/{list_id}/records/bulks", headers=writing(token), json={"records": chunk})
        # Anything but 2xx ends the run of the night.
        response.raise_for_status()
        answer = response.json()
        created, errors = answer.get("total_created", 0), answer.get("total_errors", 0)
        assert created == len(chunk) and not errors, answer
