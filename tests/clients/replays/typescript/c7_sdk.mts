// Client C7: an SDK with a command line. It knows methods and paths, no operations, and sends no body with DELETE.

import assert from "node:assert/strict";

type Json = Record<string, any>;

const { RECORD_LISTS: server, CLIENT_ID: id, CLIENT_SECRET: secret } = process.env;

class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly body: Json,
  ) {
    super(`${status}: ${JSON.stringify(body)}`);
  }
}

class Sdk {
  /** How often a request was sent once more. */
  repeats = 0;
  /** How often a token was asked for. */
  tokens = 0;
  private token = "";
  private goodUntil = 0;

  get = (path: string) => this.send("GET", path);
  post = (path: string, body: Json) => this.send("POST", path, body);
  put = (path: string, body: Json) => this.send("PUT", path, body);
  patch = (path: string, body: Json) => this.send("PATCH", path, body);
  delete = (path: string) => this.send("DELETE", path);

  /** Without a scope: all that the client has. Kept until 30 s before its end. */
  private async authorization(): Promise<string> {
    if (Date.now() >= this.goodUntil) {
      const response = await fetch(`${server}/oauth/token`, {
        method: "POST",
        headers: {
          Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`,
          "Content-Type": "application/x-www-form-urlencoded",
        },
        body: "grant_type=client_credentials",
      });
      const answer = await read(response);
      this.token = answer["access_token"];
      this.goodUntil = Date.now() + ((answer["expires_in"] ?? 600) - 30) * 1000;
      this.tokens += 1;
    }
    return `Bearer ${this.token}`;
  }

  private async send(method: string, path: string, body?: Json): Promise<Json> {
    for (let attempt = 1; ; attempt++) {
      const response = await fetch(`${server}${path}`, {
        method,
        headers: {
          Authorization: await this.authorization(),
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        },
        body: body === undefined ? null : JSON.stringify(body),
      });
      const isToRepeat = response.status === 429 || response.status >= 500;
      if (!isToRepeat || attempt === 20) return read(response);
      const pause = response.headers.get("retry-after") ?? "";
      assert.match(pause, /^[1-9][0-9]*$/);
      await new Promise((resolve) => setTimeout(resolve, Number(pause) * 1000));
      this.repeats += 1;
    }
  }
}

/** Parses JSON by its type alone, and nothing else. */
async function read(response: Response): Promise<Json> {
  const isJson = response.headers.get("content-type") === "application/json";
  const body: Json = isJson ? ((await response.json()) as Json) : {};
  if (!response.ok) throw new Refusal(response.status, body);
  return body;
}

async function refusal(call: Promise<Json>): Promise<Refusal> {
  const outcome = await call.catch((error: unknown) => error);
  assert(outcome instanceof Refusal, String(outcome));
  return outcome;
}

const person = (number: number) => ({
  first_name: "Adamarked",
  last_name: "Lovelacemarked",
  phone_numbers: [{ phone_number: `+1415555${String(number).padStart(4, "0")}`, phone_type: "MOBILE" }],
});

const sdk = new Sdk();
const list = await sdk.post("/record-lists", { name: "From the command line" });
const records = `/record-lists/${list["id"]}/records`;

// More at once than the account may send: each is repeated until it is done, and none is done twice.
const people = Array.from({ length: 12 }, (_, number) => sdk.post(records, person(number + 1)));
const made = await Promise.all(people);
assert(sdk.repeats > 0, "no request was refused");
assert.equal((await sdk.get(`/record-lists/${list["id"]}`))["records_count"], 12);
assert.equal((await sdk.get(`${records}?per_page=200`))["_embedded"].records.length, 12);

const patched = await sdk.patch(`${records}/${made[0]!["id"]}`, [{ op: "replace", path: "/priority", value: 10 }]);
assert.equal(patched["priority"], 10);
const put = await refusal(sdk.put(`${records}/${made[0]!["id"]}`, person(1)));
assert.deepEqual([put.status, put.body["code"]], [405, "METHOD_NOT_ALLOWED"]);

assert.deepEqual(await sdk.delete(`${records}/${made[1]!["id"]}`), {});
assert.deepEqual(await sdk.delete(`${records}?phone_number=${encodeURIComponent("+14155550003")}`), {});

// The response to a bulk delete without its body names the way that is open to this client.
const bodyless = await refusal(sdk.delete(`${records}/bulks`));
assert.deepEqual([bodyless.status, bodyless.body["code"]], [400, "BODY_MISSING"]);
assert(JSON.stringify(bodyless.body).includes("/records/bulks/delete"), JSON.stringify(bodyless.body));
const identifiers = made.slice(3, 7).map((record) => ({ id: record["id"] }));
const erased = await sdk.post(`${records}/bulks/delete`, identifiers);
assert.deepEqual([erased["total_deleted"], erased["total_errors"]], [4, 0]);

for (const path of [`/record-lists/${list["id"]}/upload-requests`, "/do-not-call-lists"]) {
  const absent = await refusal(sdk.post(path, { name: "Opt-outs" }));
  assert.deepEqual([absent.status, absent.body["code"]], [404, "NOT_FOUND"]);
}

assert.equal(sdk.tokens, 1, "a token lives longer than the program");
console.log("all as expected");
