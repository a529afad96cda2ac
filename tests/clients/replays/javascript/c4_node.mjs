// Client C4: a node of a no-code tool, in JavaScript, that reads one record as if it were a page of them.

import assert from "node:assert/strict";

const { RECORD_LISTS: server, CLIENT_ID: id, CLIENT_SECRET: secret } = process.env;

async function ask(path, options) {
  const response = await fetch(`${server}${path}`, options);
  assert(response.ok, `${path}: ${response.status}`);
  return response.json();
}

const { access_token: token } = await ask("/oauth/token", {
  method: "POST",
  headers: { Authorization: `Basic ${btoa(`${id}:${secret}`)}` },
  body: new URLSearchParams({ grant_type: "client_credentials", scope: "record-lists:manage" }),
});
const headers = { Accept: "application/json", Authorization: `Bearer ${token}` };

// Somebody has made the list and its record.
const post = (path, body) =>
  ask(path, {
    method: "POST",
    headers: { ...headers, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
const list = await post("/record-lists", { name: "A workflow" });
const made = await post(`/record-lists/${list.id}/records`, {
  first_name: "Adamarked",
  last_name: "Lovelacemarked",
  phone_number: "+14155550101",
});

// Whatever the user of the node types, the record is that of the path.
for (const search of ["", "Grace", "+14155550199"]) {
  const query = new URLSearchParams({ page_size: "25", page: "2", search });
  const record = await ask(`/record-lists/${list.id}/records/${made.id}?${query}`, { headers });
  const output = {
    id: record.id,
    status: record.status,
    created_at: record.created_at,
    updated_at: record.updated_at,
  };
  assert.deepEqual(output, {
    id: made.id,
    // A record has none.
    status: undefined,
    created_at: made.created_at,
    updated_at: made.updated_at,
  });
  assert(!Number.isNaN(Date.parse(output.created_at)), output.created_at);
}

console.log("all as expected");
