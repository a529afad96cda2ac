"""What the contract allows and schemathesis cannot know.

No check is switched off. A failure is let pass where a rule of the contract is behind it that OpenAPI has no words
for, and only then: each function below looks at the request and at the answer, never at the operation alone.
"""

from urllib.parse import quote

import jsonschema_rs
import schemathesis

LIST = "/record-lists/{record_list_id}"

# The demo list, which the documented examples name, and the id of no list.
DEMO = "b9a5c3a4-7f5e-4d86-9a4e-0a1f3f6f2c11"
ABSENT = "8858c834-481d-4a02-8176-cffc02c50350"

# By their ids: the record lists that were made, those in which all records are different ones, those whose creation was
# replayed, those that were deleted, and the record that was made last in each.
lists = []
without_identity = set()
replayed = set()
deleted = set()
made = {}

# The ids of records whose creation was replayed, which may be deleted by then.
replayed_records = set()

# Operations of a patch that fit any record.
FITTING = [
    {"op": "replace", "path": "/priority", "value": 9},
    {"op": "add", "path": "extra_data/plan", "value": {"name": "gold"}},
    {"op": "test", "path": "/sync_external_id", "value": False},
    {"op": "replace", "path": "/first_name", "value": "Augusta"},
]


@schemathesis.hook
def after_call(context, case, response):
    """Keeps what later requests stand on."""
    request = (case.method, case.operation.path, response.status_code)
    if request == ("POST", "/record-lists", 201):
        record_list = response.json()["id"]
        if response.json()["unique_identifier_type"] == "NOTHING":
            without_identity.add(record_list)
        if "idempotency-replayed" in response.headers:
            replayed.add(record_list)
        else:
            lists.append(record_list)
    elif request == ("DELETE", LIST, 204):
        deleted.add(list_of(case))
        made.pop(list_of(case), None)
    elif request == ("POST", f"{LIST}/records/bulks", 201):
        for record in response.json()["_embedded"]["records"]:
            if "id" in record and record["record_list_id"] not in deleted:
                made[record["record_list_id"]] = record
    elif request == ("POST", f"{LIST}/records", 201):
        record = response.json()
        if "idempotency-replayed" in response.headers:
            replayed_records.add(record["id"])
        elif record["record_list_id"] not in deleted:
            made[record["record_list_id"]] = record


def list_of(case):
    """The id of the record list that the request names, if it names one."""
    return (case.path_parameters or {}).get("record_list_id")


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Whether the failure counts."""
    kind = type(failure).__name__
    if kind == "AcceptedNegativeData":
        return not (is_good_without_null(case) or has_failed_records(response) or is_read_with_more(case, response))
    if kind == "RejectedPositiveData":
        rules = (is_used_key, breaks_rules_of_queries, breaks_rules_of_records, breaks_rules_of_patches)
        return not any(breaks(case, response) for breaks in rules)
    if kind == "EnsureResourceAvailability":
        return not is_replayed_and_deleted(case, response)
    if kind == "UseAfterFree":
        return not (is_delete_from_collection(failure) or is_history(case, response))
    return True


@schemathesis.hook
def map_case(context, case):
    """Takes out what must not stand beside the rest, from every second query that is good by the schema.

    Left to chance nearly all queries of a read with many parameters are refused, and what it answers is not seen. The
    same holds for numbers of records and for the paths of a patch.
    """
    turn = len(str(case.body)) + len(str(case.path_parameters))
    if case.meta.generation.mode.is_positive and turn % 4:
        # The same key with another request is refused.
        if case.headers and "/records" in case.operation.path:
            case.headers.pop("Idempotency-Key", None)
        if case.method == "POST" and case.operation.path == f"{LIST}/records" and isinstance(case.body, dict):
            case.body.pop("phone_numbers", None)
            case.body.pop("timezone", None)
            case.body.pop("extra_data", None)
            case.body["phone_number"] = f"+1{4155550000 + len(made) + len(str(case.body))}"
        elif case.method == "PATCH" and case.operation.path == f"{LIST}/records/{{record_id}}":
            count = len(case.body) if isinstance(case.body, list) else 0
            case.body = [FITTING[n % len(FITTING)] for n in range(min(count, 8))]
    if case.meta.generation.mode.is_positive and case.method == "GET" and len(str(case.query)) % 2:
        query = case.query or {}
        query.pop("cursor", None)
        if "phone_number" in query:
            query.pop("phone", None)
        if {"phone_number", "phone"} & set(query) or not {"external_provider", "external_id"} <= set(query):
            query.pop("external_provider", None)
            query.pop("external_id", None)
        if "search" not in query:
            query.pop("search_fields", None)
        for time in ("created_at", "updated_at"):
            if f"{time}_from" in query:
                query.pop(f"{time}_to", None)
        if "timezones" in query:
            query["timezones"] = ["Europe/Lisbon"]
    return case


@schemathesis.hook
def before_call(context, case, kwargs):
    """Turns requests that are good by the schema to what is there: else nearly all find nothing, and none is tested.

    The demo list stays: a delete of it goes to another record list, and what was meant for a deleted one goes to it.
    A read of one record asks for one that was made: no answer of one operation leads to it by OpenAPI's links.
    """
    if not (case.meta and case.meta.generation.mode.is_positive and list_of(case)):
        return
    if case.method == "DELETE" and case.operation.path == LIST:
        if list_of(case) == DEMO:
            case.path_parameters["record_list_id"] = lists[-1] if lists else ABSENT
        return
    if list_of(case) in deleted and case.meta.phase.name.value != "stateful":
        case.path_parameters["record_list_id"] = DEMO
    record = made.get(list_of(case))
    if record is None:
        return
    if "record_id" in case.path_parameters:
        case.path_parameters["record_id"] = record["id"]
    elif case.method == "DELETE" and case.operation.path == f"{LIST}/records":
        case.query = {"phone_number": record["phone_number"]}
    elif case.method == "DELETE" and "external_id" in record and case.operation.path == f"{LIST}/external-records":
        case.query = {name: record[name] for name in ("external_provider", "external_id")}


def is_good_without_null(case):
    """A member that is null counts as absent. The schemas say nothing of it: null types make generators stumble."""
    cleaned = without_null(case.body)
    if cleaned == case.body:
        return False
    path = quote(case.operation.path.replace("~", "~0").replace("/", "~1"))
    method = case.operation.method.lower()
    schema = f"#/paths/{path}/{method}/requestBody/content/application~1json/schema"
    document = {**case.operation.schema.raw_schema, "$ref": schema}
    return jsonschema_rs.Draft202012Validator(document).is_valid(cleaned)


def without_null(body):
    if isinstance(body, dict):
        return {name: without_null(value) for name, value in body.items() if value is not None}
    if isinstance(body, list):
        return [without_null(item) for item in body]
    return body


def has_failed_records(response):
    """A faulty record of a bulk create or update fails by itself, in an answer that says so."""
    is_bulk = response.status_code in (200, 201) and "total_created" in response.json()
    return is_bulk and response.json()["total_errors"] > 0


def is_read_with_more(case, response):
    """Reads pass over parameters that they do not know: real clients send `limit` and `offset`. Writes refuse them."""
    known = {parameter.name for parameter in case.operation.query}
    return case.method == "GET" and response.status_code == 200 and not set(case.query or {}) <= known


def is_used_key(case, response):
    """A key that was used for another request is refused: that depends on the requests before."""
    if "Idempotency-Key" not in (case.headers or {}):
        return False
    return response.status_code == 422 and response.json()["code"] == "IDEMPOTENCY_KEY_REUSED"


def breaks_rules_of_queries(case, response):
    """Whether each fault is of a rule between parameters, or about what only the service knows."""
    query = case.query or {}
    sent = set(query)
    faults = set()
    # A cursor comes from a `next` link, counts for its own listing alone, and does not stand beside `page`.
    if "cursor" in sent:
        faults.add("cursor")
    # The two go together, and not beside a number, which has one of two names.
    numbers, reference = {"phone_number", "phone"}, {"external_provider", "external_id"}
    keys = sent & (numbers | reference)
    if keys not in (set(), {"phone_number"}, {"phone"}, reference):
        faults |= numbers | reference
    if "search_fields" in sent and "search" not in sent:
        faults.add("search_fields")
    for time in ("created_at", "updated_at"):
        if {f"{time}_from", f"{time}_to"} <= sent:
            faults.add(f"{time}_to")
    # There are no duplicates where all records are different ones.
    if "on_duplicate" in sent and list_of(case) in without_identity:
        faults.add("on_duplicate")
    # Only names of the tz database are time zones.
    if "timezones" in sent:
        faults.add("timezones")
    return response.status_code == 400 and faulty(response) != set() and faulty(response) <= faults


def breaks_rules_of_records(case, response):
    """What a number is, which zones there are, and which letters a text within free data may have, no schema says."""
    if (case.method, case.operation.path) != ("POST", f"{LIST}/records") or response.status_code != 400:
        return False
    names = {name.split(".")[0].split("[")[0] for name in faulty(response)}
    return names != set() and names <= {"phone_number", "phone_numbers", "timezone", "external_provider", "external_id", "extra_data"}


def breaks_rules_of_patches(case, response):
    """Which paths a record has, and which values belong there, OpenAPI has no words for."""
    path = f"{LIST}/records/{{record_id}}"
    if (case.method, case.operation.path) != ("PATCH", path) or response.status_code not in (400, 422):
        return False
    return faulty(response) != set() and all(name.endswith((".path", ".value")) for name in faulty(response))


def is_replayed_and_deleted(case, response):
    """A create that is sent again with its key gets its first answer, though what it made may be deleted by then."""
    if response.status_code != 404:
        return False
    if response.json()["code"] == "RECORD_NOT_FOUND":
        return (case.path_parameters or {}).get("record_id") in replayed_records
    return response.json()["code"] == "RECORD_LIST_NOT_FOUND" and list_of(case) in replayed & deleted


def is_delete_from_collection(failure):
    """A delete by identifiers deletes records from a collection. The collection, which its path names, goes on."""
    return failure.free.split("?")[0].endswith(("/records", "/records/bulks"))


def is_history(case, response):
    """The deletions of a record list can be read after its own deletion, which is one of them."""
    if case.method != "GET" or case.operation.path != f"{LIST}/deletions" or response.status_code != 200:
        return False
    page = response.json()
    entries = page["_embedded"]["deletions"]
    is_of_list = all(entry["record_list_id"] == list_of(case) for entry in entries)
    tells = any(entry["identifier_kind"] == "LIST" for entry in entries)
    # Its own deletion may stand on another page.
    return list_of(case) in deleted and is_of_list and page["total"] > 0 and (tells or page["total"] > len(entries))


def faulty(response):
    return {field["name"] for field in response.json().get("fields", [])}
