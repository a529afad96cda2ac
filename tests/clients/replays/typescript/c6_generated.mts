// Client C6: generated from the vendor's document, it has all 28 operations of the family: bodies are JSON, those of
// PATCH and DELETE too, and a write may have an idempotency key.

import assert from "node:assert/strict";
import type { components } from "./family.js";
import { connect, strict } from "./strict_client.mjs";

type Schemas = components["schemas"];

const client = await connect();
const header = (key: string) => ({ "idempotency-key": key });

/** The success of a call. */
function good<T>({ data, error }: { data?: T; error?: Schemas["Error"] }): T {
  assert(data !== undefined, JSON.stringify(error));
  return data;
}

/** Fails unless a call was refused so; the names of the fields. */
function refused(call: { response: Response; error?: Schemas["Error"] }, status: number, code: string) {
  assert.deepEqual([call.response.status, call.error?.code], [status, code], JSON.stringify(call.error));
  return call.error?.fields?.map(({ name }) => name);
}

function person(number: number): Schemas["NewRecordOfMany"] {
  return {
    first_name: "Adamarked",
    last_name: "Lovelacemarked",
    phone_numbers: [{ phone_number: `+1415555010${number}`, phone_type: "MOBILE" }],
    timezone: number % 2 ? "Europe/Lisbon" : "GMT",
    priority: number,
    extra_data: { plan: "gold", city: number % 2 ? "Lisbon" : "Porto" },
    external_provider: "crm",
    external_id: `person-${number}`,
    external_url: `https://crm.example.com/${number}`,
    sync_external_id: true,
  };
}

// R2, with a key: sent twice, it makes one list.
const body = { name: "Generated", unique_identifier_type: "EXTERNAL" } as const;
const created = good(await client.POST("/record-lists", { body, params: { header: header("list") } }));
const again = good(await client.POST("/record-lists", { body, params: { header: header("list") } }));
assert.deepEqual(again, created);
const id = created.id!;
const path = { id };
const csv_metadata = { filename: "people.csv", byte_size: 1024, checksum: "0".repeat(32), content_type: "text/csv" };
const announced = await client.POST("/record-lists", { body: { name: "From a file", csv_metadata } });
assert.deepEqual(refused(announced, 400, "VALIDATION_FAILED"), ["csv_metadata"]);

// R1 and R3. What is empty is not sent.
const lists = good(
  await client.GET("/record-lists", {
    params: { query: { name: "Generated", status: "ACCEPTED", team_id: "", fields: "TEAMS", page: 1, per_page: 200 } },
  }),
);
assert.deepEqual(lists._embedded?.record_lists.map((list) => list.id), [id]);
assert.equal(lists._links.next, undefined);
const ofTeams = await client.GET("/record-lists", { params: { query: { team_ids: ["a", "b"], campaign_ids: [] } } });
assert.deepEqual(refused(ofTeams, 400, "QUERY_INVALID"), ["team_ids"]);
const list = good(await client.GET("/record-lists/{id}", { params: { path, query: { fields: "TEAMS" } } }));
assert.deepEqual([list.name, list.records_count, list.teams], ["Generated", 0, []]);

// R4. The document says that the value is an object, and no value that does something is one.
const text = (value: string) => value as unknown as Record<string, never>;
const renaming = { op: "replace", path: "/name", value: text("Renamed") };
const renamed = good(await client.PATCH("/record-lists/{id}", { params: { path }, body: renaming }));
assert.deepEqual([renamed.id, renamed.name], [id, "Renamed"]);
const handing = { op: "replace", path: "/status", value: text("UPLOADED") };
refused(await client.PATCH("/record-lists/{id}", { params: { path }, body: handing }), 409, "CONFLICT");

// R6, with both members for numbers, as the document demands; R13, in which one record fails.
const first = good(
  await client.POST("/record-lists/{id}/records", {
    params: { path },
    body: { ...person(1), phone_number: "+14155550101" },
  }),
);
const filled = good(
  await client.POST("/record-lists/{id}/records/bulks", {
    params: { path, header: header("fill") },
    body: {
      upload_request_id: "8858c834-481d-4a02-8176-cffc02c50350",
      records: [...[2, 3, 4, 5, 6, 7].map(person), { ...person(8), external_provider: "" }, person(9)],
    },
  }),
);
assert.deepEqual([filled.total_created, filled.total_errors, filled.has_errors], [7, 1, true]);
const records = filled._embedded!.records!;
assert.deepEqual(records[6]!.errors, ["EXTERNAL_REF_MISSING"]);
const ids = [first.id!, ...records.map((record) => record.id ?? "failed")];

// R5, with arrays repeated, and R8.
const found = good(
  await client.GET("/record-lists/{id}/records", {
    params: {
      path,
      query: {
        extra_data_filter: ["plan:gold", "city:Lisbon"],
        upload_request_id: "8858c834-481d-4a02-8176-cffc02c50350",
        search: "love",
        search_fields: "first_name,last_name",
        priorities: "3,5,7",
        timezones: "",
        order_by: "priority:desc",
        page: 1,
        per_page: 50,
      },
    },
  }),
);
assert.deepEqual(found._embedded?.records?.map((record) => record.id), [ids[6], ids[4], ids[2]]);
const all = { params: { path, query: { search: "" } } };
const zones = good(await client.GET("/record-lists/{id}/records/timezones", all));
assert.deepEqual(zones._embedded?.timezones, ["Europe/Lisbon", "GMT"]);

// R10 and R12, with paths that have no slash.
const one = { id, id_record: ids[0]! };
assert.deepEqual(good(await client.GET("/record-lists/{id}/records/{id_record}", { params: { path: one } })), first);
const patched = good(
  await client.PATCH("/record-lists/{id}/records/{id_record}", {
    params: { path: one, header: header("patch") },
    body: [
      { op: "replace", path: "priority", value: 10 },
      { op: "add", path: "extra_data", value: { plan: "silver" } },
    ],
  }),
);
assert.deepEqual([patched.priority, patched.extra_data], [10, { plan: "silver" }]);

// R14
const changed = good(
  await client.PATCH("/record-lists/{id}/records/bulks", {
    params: { path },
    body: [
      { op: "replace", path: `/records/${ids[1]}`, value: { priority: 9, extra_data: { plan: "silver" } } },
      { op: "add", path: `/records/${ids[8]}`, value: { extra_data: { plan: "silver" } } },
      { op: "add", path: "/records/nobody", value: { priority: 1 } },
    ],
  }),
);
assert.deepEqual([changed.total_created, changed.total_errors], [2, 1]);
assert.deepEqual(changed._embedded?.records?.map((record) => record.errors), [undefined, undefined, ["OTHER"]]);

// R7, R9 and R11 delete one record each.
const byNumber = { phone_number: "+14155550103" };
const byReference = { external_provider: "crm", external_id: "person-4" };
const removals = [
  await client.DELETE("/record-lists/{id}/records", { params: { path, query: byNumber } }),
  await client.DELETE("/record-lists/{id}/external-records", { params: { path, query: byReference } }),
  await client.DELETE("/record-lists/{id}/records/{id_record}", { params: { path: { id, id_record: ids[4]! } } }),
];
assert.deepEqual(removals.map(({ response }) => response.status), [204, 204, 204]);

// R15, by each kind; the first has a key, and is sent twice.
const erase = async (body: Schemas["Identifier"][], key?: string) => {
  const params = key === undefined ? { path } : { path, header: header(key) };
  const answer = good(await client.DELETE("/record-lists/{id}/records/bulks", { params, body }));
  return [answer.total_deleted, answer.total_errors, answer._embedded?.failed_records?.map((record) => record.id)];
};
for (let time = 0; time < 2; time++) assert.deepEqual(await erase([{ id: ids[5]! }], "erase"), [1, 0, []]);
assert.deepEqual(await erase([{ phone_number: "+14155550107" }, byNumber]), [1, 1, ["+14155550103"]]);
assert.deepEqual(await erase([byReference]), [0, 1, ["person-4"]]);

// What is still to come: R16 and R17, and N1 to N11.
const csv = await client.POST("/record-lists/{id}/upload-requests", { params: { path }, body: { csv_metadata } });
const handed = await client.PATCH("/record-lists/{id}/upload-requests/{id_upload_request}", {
  params: { path: { id, id_upload_request: "1" } },
  body: { op: "replace", path: "/status", value: "UPLOADED" },
});
const optOuts = { path: { id: "1" } };
const entry = { path: { id: "1", id_entry: "2" } };
const expiration = { op: "replace", path: "/expiration_date", value: "2030-12-31" };
const number = { phone_number: "+14155550101" };
const later = [
  csv,
  handed,
  await client.GET("/do-not-call-lists", { params: { query: { name: "Opt-outs" } } }),
  await client.POST("/do-not-call-lists", { body: { name: "Opt-outs" } }),
  await client.GET("/do-not-call-lists/{id}", { params: optOuts }),
  await client.GET("/do-not-call-lists/{id}/entries", { params: { ...optOuts, query: number } }),
  await client.POST("/do-not-call-lists/{id}/entries", { params: optOuts, body: number }),
  await client.PATCH("/do-not-call-lists/{id}/entries", { params: optOuts, body: [expiration] }),
  await client.DELETE("/do-not-call-lists/{id}/entries", { params: optOuts, body: [{ id: "2" }] }),
  await client.GET("/do-not-call-lists/{id}/entries/{id_entry}", { params: entry }),
  await client.PATCH("/do-not-call-lists/{id}/entries/{id_entry}", { params: entry, body: [expiration] }),
  await client.DELETE("/do-not-call-lists/{id}/entries/{id_entry}", { params: entry }),
  await client.POST("/do-not-call-lists/{id}/entries/queries", {
    params: optOuts,
    body: { phone_numbers: [{ ...number, timezone: "GMT" }] },
  }),
];
for (const call of later) refused(call, 404, "NOT_FOUND");

assert.equal(strict.checked.size, 28);
console.log("all as expected");
