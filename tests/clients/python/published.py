"""Uses each operation with a client that was made from the published schema and refuses every other member."""

import os
import sys

from published_client import (
    ApiClient,
    BulkCreateRequest,
    BulkDeleteRequest,
    Configuration,
    CreateRecordListRequest,
    ExternalIdentifier,
    NewRecord,
    PhoneNumber,
    PhoneNumberIdentifier,
    RecordIdIdentifier,
    RecordListsApi,
    RecordsApi,
)

list_id, record_id = sys.argv[1:]
client = ApiClient(Configuration(host=os.environ["RECORD_LISTS"], access_token=os.environ["MANAGER"]))
if os.environ.get("PREFER"):
    client.set_default_header("Prefer", os.environ["PREFER"])
records = RecordsApi(client)

first = [RecordIdIdentifier(id=record_id)]
second = [PhoneNumberIdentifier(phone_number="+14155550102")]
third = [ExternalIdentifier(external_provider="crm", external_id="person-3")]


def delete(identifiers):
    return records.bulk_delete_records(list_id, BulkDeleteRequest(identifiers))


for identifiers in (first, second, third):
    answer = delete(identifiers)
    assert answer.record_list_id == list_id
    assert (answer.has_errors, answer.total_deleted, answer.total_errors) == (False, 1, 0), answer
    assert answer.embedded.failed_records == [], answer

for identifiers, sent in ((first, record_id), (second, "+14155550102"), (third, "person-3")):
    answer = delete(identifiers)
    assert (answer.has_errors, answer.total_deleted, answer.total_errors) == (True, 0, 1), answer
    (failed,) = answer.embedded.failed_records
    assert failed.id == sent, answer
    assert failed.links.var_self.href.startswith(answer.links.var_self.href), answer
    assert answer.links.var_self.href == answer.links.record_list.href + "/records", answer

lists = RecordListsApi(client)
created = lists.create_record_list(CreateRecordListRequest(name="Spring"))
assert (created.name, created.status) == ("Spring", "ACCEPTED"), created
assert lists.get_record_list(created.id).records_count == 0
assert created.id in [found.id for found in lists.list_record_lists().embedded.record_lists]


def person(number):
    numbers = [PhoneNumber(phone_number=number, phone_type="MOBILE")]
    return NewRecord(first_name="Ada", last_name="Lovelace", phone_numbers=numbers, extra_data={"plan": "gold"})


bulk = BulkCreateRequest(records=[person("+14155550104"), person("+14155550104")], upload_request_id="0197")
answer = records.bulk_create_records(created.id, bulk)
assert (answer.total_created, answer.total_errors) == (1, 1), answer
record, failed = answer.embedded.records
assert failed.errors == ["PHONE_NUMBER_NOT_UNIQUE"] and failed.phone_number == "+14155550104", failed
assert records.get_record(created.id, record.id).extra_data == {"plan": "gold"}
if not os.environ.get("PREFER"):
    # A preference counts on writes alone, and a page of records has a total, which is not published.
    (found,) = records.list_records(created.id).embedded.records
    assert found.id == record.id, found

print("all as expected")
