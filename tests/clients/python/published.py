"""Deletes by each kind with a client that was made from the published schema and refuses every other member."""

import os
import sys

from published_client import (
    ApiClient,
    BulkDeleteRequest,
    Configuration,
    ExternalIdentifier,
    PhoneNumberIdentifier,
    RecordIdIdentifier,
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

print("all as expected")
