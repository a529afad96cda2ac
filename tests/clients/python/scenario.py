"""Deletes by each kind with a client that was made from the document."""

import os

from record_lists_client import AuthenticatedClient
from record_lists_client.api.record_lists import create_record_list
from record_lists_client.api.records import (
    bulk_create_records,
    bulk_delete_records,
    bulk_delete_records_by_post,
    list_records,
)
from record_lists_client.models import (
    BulkCreateRequest,
    BulkDeleteRecordsMatch,
    BulkRecord,
    CreateRecordListRequest,
    Error,
    ExternalIdentifier,
    NewPhoneNumber,
    NewRecord,
    PhoneNumberIdentifier,
    PhoneType,
    RecordIdIdentifier,
    UniqueIdentifierType,
)

GONE = "RECORD_NOT_FOUND"


def client(token):
    return AuthenticatedClient(base_url=os.environ["RECORD_LISTS"], token=os.environ[token])


def person(number):
    return NewRecord(
        first_name="Adamarked",
        last_name="Lovelacemarked",
        phone_numbers=[NewPhoneNumber(phone_number=f"+1415555010{number}", phone_type=PhoneType.MOBILE)],
        external_provider="crm",
        external_id=f"person-{number}",
    )


def assert_deleted(identifiers, deleted, failures):
    """Deletes, and looks at the totals, and at index and code of each failure; the failed records."""
    answer = bulk_delete_records.sync(list_id, client=manager, body=identifiers)
    failed = answer.field_embedded.failed_records
    assert answer.has_errors == (answer.total_errors > 0), answer
    assert (answer.total_deleted, answer.total_records_deleted) == (deleted, deleted), answer
    assert [(record.index, record.code) for record in failed] == failures, answer
    return failed


def assert_refused(answer, status, code):
    assert answer.status_code == status, answer
    assert isinstance(answer.parsed, Error), answer
    assert answer.parsed.code == code, answer


manager = client("MANAGER")

body = CreateRecordListRequest(name="A list", unique_identifier_type=UniqueIdentifierType.NOTHING)
created = create_record_list.sync(client=manager, body=body)
list_id = created.id
assert created.records_count == 0

body = BulkCreateRequest(records=[person(number) for number in (1, 2, 3, 4)])
filled = bulk_create_records.sync(list_id, client=manager, body=body)
records = filled.field_embedded.records
assert filled.total_created == 4
assert all(isinstance(record, BulkRecord) for record in records), records

first = [RecordIdIdentifier(id=records[0].id)]
second = [PhoneNumberIdentifier(phone_number="+14155550102")]
third = [ExternalIdentifier(external_provider="crm", external_id="person-3")]

rehearsed = bulk_delete_records.sync(
    list_id, client=manager, body=first, dry_run=True, match=BulkDeleteRecordsMatch.SOLE
)
assert (rehearsed.total_deleted, rehearsed.dry_run) == (1, True)

assert_deleted(first, 1, [])
assert_deleted(second, 1, [])
assert_deleted(third, 1, [])

others = [RecordIdIdentifier(id=records[3].id), RecordIdIdentifier(id="8858c834-481d-4a02-8176-cffc02c50359")]
failed = assert_deleted(first + others, 1, [(0, GONE), (2, GONE)])
assert failed[0].id == records[0].id
assert failed[0].field_links.self_.href.endswith(f"/records/{records[0].id}")
failed = assert_deleted(second, 0, [(0, GONE)])
assert failed[0].phone_number == "+14155550102"
failed = assert_deleted(third, 0, [(0, GONE)])
assert (failed[0].external_provider, failed[0].external_id) == ("crm", "person-3")

assert list_records.sync(list_id, client=manager).total == 0
assert bulk_delete_records_by_post.sync(list_id, client=manager, body=second).total_errors == 1

refused = bulk_delete_records.sync_detailed(list_id, client=client("READER"), body=first)
assert_refused(refused, 403, "INSUFFICIENT_SCOPE")
absent = "8858c834-481d-4a02-8176-cffc02c50350"
missing = bulk_delete_records.sync_detailed(absent, client=manager, body=first)
assert_refused(missing, 404, "RECORD_LIST_NOT_FOUND")
empty = bulk_delete_records.sync_detailed(list_id, client=manager, body=[])
assert_refused(empty, 400, "VALIDATION_FAILED")
assert [field.name for field in empty.parsed.fields] == ["$"]

print("all as expected")
