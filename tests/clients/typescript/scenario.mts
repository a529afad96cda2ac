// Deletes by each kind with a client whose types were made from the document.

import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Identifiers = components["schemas"]["BulkDeleteRequest"];

function client(token: string) {
  return createClient<paths>({
    baseUrl: process.env["RECORD_LISTS"]!,
    headers: { Authorization: `Bearer ${process.env[token]}` },
  });
}

const manager = client("MANAGER");

const created = await manager.POST("/record-lists", { body: { name: "A list", unique_identifier_type: "NOTHING" } });
assert(created.data, "a list");
const path = { record_list_id: created.data.id };
assert.equal(created.data.records_count, 0);

const filled = await manager.POST("/record-lists/{record_list_id}/records/bulks", {
  params: { path },
  body: {
    records: [1, 2, 3, 4].map((number) => ({
      first_name: "Adamarked",
      last_name: "Lovelacemarked",
      phone_numbers: [{ phone_number: `+1415555010${number}`, phone_type: "MOBILE" as const }],
      external_provider: "crm",
      external_id: `person-${number}`,
    })),
  },
});
assert.equal(filled.data?.total_created, 4);
const ids = filled.data._embedded.records.map((record) => ("id" in record ? record.id : assert.fail("a failed record")));

async function erase(identifiers: Identifiers) {
  const { data } = await manager.DELETE("/record-lists/{record_list_id}/records/bulks", {
    params: { path },
    body: identifiers,
  });
  assert(data, "an answer");
  assert.equal(data.has_errors, data.total_errors > 0);
  const failures = data._embedded.failed_records.map(({ index, code }) => [index, code]);
  return { deleted: data.total_deleted, records: data.total_records_deleted, failures, answer: data };
}

async function assertErased(identifiers: Identifiers, deleted: number, failures: unknown[]) {
  const erased = await erase(identifiers);
  assert.deepEqual([erased.deleted, erased.records, erased.failures], [deleted, deleted, failures]);
  return erased.answer._embedded.failed_records;
}

const gone = "RECORD_NOT_FOUND";
const first: Identifiers = [{ id: ids[0]! }];
const second: Identifiers = [{ phone_number: "+14155550102" }];
const third: Identifiers = [{ external_provider: "crm", external_id: "person-3" }];

const rehearsed = await manager.DELETE("/record-lists/{record_list_id}/records/bulks", {
  params: { path, query: { dry_run: true, match: "sole" } },
  body: first,
});
assert.deepEqual([rehearsed.data?.total_deleted, rehearsed.data?.dry_run], [1, true]);

await assertErased(first, 1, []);
await assertErased(second, 1, []);
await assertErased(third, 1, []);

const [byId] = await assertErased([...first, { id: ids[3]! }, { id: "8858c834-481d-4a02-8176-cffc02c50359" }], 1, [[0, gone], [2, gone]]);
assert(byId, "a failed record");
assert.equal(byId.id, ids[0]);
assert.match(byId._links.self.href, new RegExp(`/records/${ids[0]}$`));
const [byNumber] = await assertErased(second, 0, [[0, gone]]);
assert.equal(byNumber?.phone_number, "+14155550102");
const [byReference] = await assertErased(third, 0, [[0, gone]]);
assert.deepEqual([byReference?.external_provider, byReference?.external_id], ["crm", "person-3"]);

const left = await manager.GET("/record-lists/{record_list_id}/records", { params: { path } });
assert.equal(left.data?.total, 0);

const twin = await manager.POST("/record-lists/{record_list_id}/records/bulks/delete", { params: { path }, body: second });
assert.equal(twin.data?.total_errors, 1);

const refused = await client("READER").DELETE("/record-lists/{record_list_id}/records/bulks", {
  params: { path },
  body: first,
});
assert.deepEqual([refused.response.status, refused.error?.code], [403, "INSUFFICIENT_SCOPE"]);

const missing = await manager.DELETE("/record-lists/{record_list_id}/records/bulks", {
  params: { path: { record_list_id: "8858c834-481d-4a02-8176-cffc02c50350" } },
  body: first,
});
assert.deepEqual([missing.response.status, missing.error?.code], [404, "RECORD_LIST_NOT_FOUND"]);

const empty = await manager.DELETE("/record-lists/{record_list_id}/records/bulks", { params: { path }, body: [] });
assert.deepEqual([empty.response.status, empty.error?.fields?.map((field) => field.name)], [400, ["$"]]);

console.log("all as expected");
