"""Calls as the HTTP client of Go makes them: its headers, no others, and paths as they are written."""

import http.client
import json
import os
import urllib.parse

BASE = os.environ["RECORD_LISTS"]


def send(method, url, headers=None, body=None):
    """Sends a request; its status, headers, and body: JSON if there is one."""
    address = urllib.parse.urlsplit(url)
    # Not `urllib.parse.urlunsplit`, which would join the slashes at the beginning of a path.
    target = url.partition(address.netloc)[2] or "/"
    connection = http.client.HTTPConnection(address.netloc, timeout=60)
    connection.putrequest(method, target, skip_accept_encoding=True)
    connection.putheader("User-Agent", "Go-http-client/1.1")
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    for name, value in (headers or {}).items():
        connection.putheader(name, value)
    connection.putheader("Accept-Encoding", "gzip")
    connection.endheaders(body)
    response = connection.getresponse()
    text = response.read()
    connection.close()
    assert "Content-Encoding" not in response.headers
    return response.status, response.headers, json.loads(text) if text else None


def token(form):
    """Asks for a token; status and body of the response."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    body = urllib.parse.urlencode(form).encode()
    status, _, answer = send("POST", f"{BASE}/oauth/token", headers, body)
    return status, answer


def own_token():
    """The token of the client's own credentials, which are sent in the form."""
    status, answer = token(
        {
            "grant_type": "client_credentials",
            "client_id": os.environ["CLIENT_ID"],
            "client_secret": os.environ["CLIENT_SECRET"],
            "scope": "record-lists:manage",
        }
    )
    assert status == 200, answer
    assert answer["token_type"] == "Bearer", answer["token_type"]
    return answer["access_token"]
