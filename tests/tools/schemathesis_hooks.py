"""What the contract allows and schemathesis cannot know.

No check is switched off. A failure is let pass where a rule of the contract is behind it that OpenAPI has no words
for, and only then: each function below looks at the request and at the answer, never at the operation alone.
"""

from urllib.parse import quote

import jsonschema_rs
import schemathesis

LIST = "/record-lists/{record_list_id}"

# The demo list, which the documented examples name.
DEMO = "b9a5c3a4-7f5e-4d86-9a4e-0a1f3f6f2c11"

# By their ids: the record lists that were made, the record that was made last in each, and what was deleted.
lists = []
made = {}
deleted = set()


@schemathesis.hook
def after_call(context, case, response):
    """Keeps what later requests stand on."""
    if case.method == "POST" and case.operation.path == "/record-lists" and response.status_code == 201:
        lists.append(response.json()["id"])
    if case.method == "DELETE" and case.operation.path == LIST and response.status_code == 204:
        deleted.add(case.path_parameters["record_list_id"])
        made.pop(case.path_parameters["record_list_id"], None)
    if case.method == "POST" and case.operation.path == f"{LIST}/records/bulks" and response.status_code == 201:
        for record in response.json()["_embedded"]["records"]:
            if "id" in record and record["record_list_id"] not in deleted:
                made[record["record_list_id"]] = record["id"]


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """Whether the failure counts."""
    kind = type(failure).__name__
    if kind == "AcceptedNegativeData":
        return not (is_good_without_null(case) or has_failed_records(response) or is_read_with_more(case, response))
    if kind == "RejectedPositiveData":
        return not (is_used_key(response) or is_made_up_cursor(response) or is_mixed_filter(case, response))
    if kind == "EnsureResourceAvailability":
        return not is_deleted(case)
    if kind == "UseAfterFree":
        return not is_history(case)
    return True


@schemathesis.hook
def map_case(context, case):
    """Takes out what must not stand beside the rest, from every second query that is good by the schema.

    Left to chance nearly all queries of a read with many parameters are refused, and what it answers is not seen.
    """
    if case.meta.generation.mode.is_positive and case.method == "GET" and len(str(case.query)) % 2:
        query = case.query or {}
        query.pop("cursor", None)
        if "phone_number" in query or not {"external_provider", "external_id"} <= set(query):
            query.pop("external_provider", None)
            query.pop("external_id", None)
    return case


@schemathesis.hook
def before_call(context, case, kwargs):
    """Turns requests that are good by the schema to what is there: else nearly all find nothing, and none is tested.

    The demo list stays: a delete of it goes to another record list, and what was meant for a deleted one goes to it.
    A read of one record asks for one that was made. Sequences of requests keep the ids that they were answered.
    """
    if not (case.meta and case.meta.generation.mode.is_positive and "record_list_id" in (case.path_parameters or {})):
        return
    record_list = case.path_parameters["record_list_id"]
    if case.method == "DELETE" and case.operation.path == LIST:
        if record_list == DEMO and lists:
            case.path_parameters["record_list_id"] = lists[-1]
        return
    if record_list in deleted and case.meta.phase.name.value != "stateful":
        case.path_parameters["record_list_id"] = record_list = DEMO
    if "record_id" in case.path_parameters and record_list in made:
        case.path_parameters["record_id"] = made[record_list]


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
    """A faulty record of a bulk create fails by itself, in an answer that says so."""
    return response.status_code == 201 and response.json().get("total_errors", 0) > 0


def is_read_with_more(case, response):
    """Reads pass over parameters that they do not know: real clients send `limit` and `offset`. Writes refuse them."""
    known = {parameter.name for parameter in case.operation.query}
    return case.method == "GET" and response.status_code == 200 and not set(case.query or {}) <= known


def is_used_key(response):
    """A key that was used for another request is refused: that depends on the requests before."""
    return response.status_code == 422 and response.json()["code"] == "IDEMPOTENCY_KEY_REUSED"


def is_made_up_cursor(response):
    """A cursor comes from a `next` link, counts for its own listing alone, and does not stand beside `page`."""
    return response.status_code == 400 and faulty(response) == {"cursor"}


def is_mixed_filter(case, response):
    """`external_provider` and `external_id` go together, and not beside `phone_number`."""
    filters = {"phone_number", "external_provider", "external_id"}
    sent = filters & set(case.query or {})
    is_filter = sent in (set(), {"phone_number"}, {"external_provider", "external_id"})
    return response.status_code == 400 and not is_filter and faulty(response) <= filters | {"cursor"}


def is_deleted(case):
    """A create that is sent again with its key gets its first answer, though its list may be deleted by then."""
    return case.path_parameters["record_list_id"] in deleted


def is_history(case):
    """The deletions of a record list can be read after its own deletion, which is one of them."""
    return case.operation.path == f"{LIST}/deletions"


def faulty(response):
    return {field["name"] for field in response.json().get("fields", [])}
