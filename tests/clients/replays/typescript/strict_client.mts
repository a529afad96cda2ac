// A client of types that were made from family.openapi.json, which refuses every response that the document does not
// describe.

import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import createClient, { type Middleware } from "openapi-fetch";
import type { paths } from "./family.js";

const document = readFileSync(new URL("family.openapi.json", import.meta.url), "utf8");
const ajv = new Ajv2020({ strict: false, allErrors: true }).addSchema(JSON.parse(document), "family");

function validator(path: string, method: string, status: number) {
  const escape = (part: string) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"));
  const pointer = (...parts: string[]) => `family#/${parts.map(escape).join("/")}`;
  const json = ["content", "application/json", "schema"];
  const operation = ["paths", path, method.toLowerCase(), "responses"];
  return status < 400
    ? ajv.getSchema(pointer(...operation, String(status), ...json))
    : ajv.getSchema(pointer("components", "schemas", "Error"));
}

/** Holds each response against the document. */
export const strict: Middleware & { checked: Set<string> } = {
  checked: new Set<string>(),
  async onResponse({ request, response, schemaPath }) {
    const what = `${request.method} ${schemaPath}: ${response.status}`;
    const text = await response.clone().text();
    if (response.status !== 204) {
      const validate = validator(schemaPath, request.method, response.status);
      if (!validate) throw new Error(`${what} is not in the document`);
      if (!validate(JSON.parse(text))) throw new Error(`${what}: ${ajv.errorsText(validate.errors)}`);
    } else if (text !== "") {
      throw new Error(`${what} has a body`);
    }
    this.checked.add(`${request.method} ${schemaPath}`);
    return undefined;
  },
};

/** Arrays are repeated, and what is empty is not sent. */
function query(parameters: Record<string, unknown>): string {
  const pairs = Object.entries(parameters).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one) => [name, String(one ?? "")] as [string, string]),
  );
  return new URLSearchParams(pairs.filter(([, value]) => value !== "")).toString();
}

/** A client with a token of its own. */
export async function connect() {
  const { RECORD_LISTS: baseUrl, CLIENT_ID: id, CLIENT_SECRET: secret } = process.env as Record<string, string>;
  const response = await fetch(`${baseUrl}/oauth/token`, {
    method: "POST",
    headers: { Authorization: `Basic ${btoa(`${id}:${secret}`)}` },
    body: new URLSearchParams({ grant_type: "client_credentials", scope: "record-lists:manage" }),
  });
  const { access_token: token } = (await response.json()) as { access_token: string };
  const client = createClient<paths>({
    baseUrl: baseUrl!,
    headers: { Authorization: `Bearer ${token}` },
    querySerializer: query,
  });
  client.use(strict);
  return client;
}
