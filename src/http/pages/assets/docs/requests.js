// What the page sends, and how it shows what a program would send.

const WRITES = ["POST", "PUT", "PATCH", "DELETE"];
const KEY = "Idempotency-Key";

// An empty body is sent too: the server's response says what to do, whereas a red frame does not.
export const sendAnyBody = () => ({
  statePlugins: { oas3: { wrapSelectors: { validateBeforeExecute: () => () => true } } },
});

// What was answered before is no answer to a request that is not sent, such as one without a parameter that it needs.
export const forgetOldAnswers = () => ({
  statePlugins: {
    spec: {
      wrapActions: {
        validateParams: (original, system) => (operation) => {
          system.specActions.clearResponse(...operation);
          return original(operation);
        },
      },
    },
  },
});

// Swagger UI would send every default, and a URL of nothing but defaults teaches nobody.
export const leaveDefaultsOut = () => ({
  statePlugins: {
    spec: {
      wrapActions: {
        executeRequest: (original) => (request) => {
          const parameters = { ...request.parameters };
          request.operation?.get("parameters")?.forEach((parameter) => {
            const name = `${parameter.get("in")}.${parameter.get("name")}`;
            const preset = parameter.getIn(["schema", "default"]);
            if (preset !== undefined && String(parameters[name]) === String(preset)) delete parameters[name];
          });
          return original({ ...request, parameters });
        },
      },
    },
  },
});

// The parts of a request. A write needs a key, so that it can be repeated safely; `key` is undefined if it has one.
function partsOf(request) {
  const { url, method, headers: all, body } = request.toJS();
  const isUsual = ([name, value]) => /^accept$/i.test(name) && /^(\*\/\*|application\/json)$/.test(value);
  const headers = Object.entries(all ?? {}).filter((header) => header[1] && !isUsual(header));
  const hasKey = headers.some(([name]) => name.toLowerCase() === KEY.toLowerCase());
  return { url, method, headers, body, needsKey: WRITES.includes(method) && !hasKey };
}

// Not `randomUUID`, which browsers withhold from pages without HTTPS.
function newKey() {
  const hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0"));
  return hex.join("");
}

// A text between single quotes, for a shell.
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function curl(request) {
  const { url, method, headers, body, needsKey } = partsOf(request);
  const lines = [`curl -X ${method} ${quoted(url)}`];
  for (const [name, value] of headers) lines.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (needsKey) lines.push(`-H '${KEY}: ${newKey()}'`);
  if (body) lines.push(`--data-raw ${quoted(body)}`);
  return lines.join(" \\\n  ");
}

const STRING_OR_SPACE = /("(?:[^"\\]|\\.)*")|\s+/g;

// The value of a body, if a program that has it as a literal sends the same: no number that changes its form, no member
// twice, nothing that a language gives another meaning.
function valueOf(body) {
  let value;
  try {
    value = JSON.parse(body);
  } catch {
    return undefined;
  }
  const compact = body.replaceAll(STRING_OR_SPACE, (_, string) => string ?? "");
  const isSame = JSON.stringify(value) === compact && !body.includes("__proto__");
  return isSame && value !== null ? value : undefined;
}

// A body as a literal, or otherwise as a string.
function literalOf(body, write) {
  const value = valueOf(body);
  return value === undefined ? { text: JSON.stringify(body), isJson: false } : { text: write(value), isJson: true };
}

function javascript(request) {
  const { url, method, headers, body, needsKey } = partsOf(request);
  const lines = headers.map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)},`);
  if (needsKey) lines.push(`    "${KEY}": crypto.randomUUID(),`);
  const literal = body && literalOf(body, (value) => JSON.stringify(value, null, 2).replaceAll("\n", "\n  "));
  const sent = literal ? [`  body: ${literal.isJson ? `JSON.stringify(${literal.text})` : literal.text},`] : [];
  return [
    `const response = await fetch(${JSON.stringify(url)}, {`,
    `  method: "${method}",`,
    "  headers: {",
    ...lines,
    "  },",
    ...sent,
    "});",
    "console.log(response.status, await response.text());",
  ].join("\n");
}

// A JSON value as Python writes it.
function pythonic(value, indent = "") {
  if (value === null) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value !== "object") return JSON.stringify(value);
  const inner = `${indent}    `;
  const items = Array.isArray(value)
    ? value.map((item) => pythonic(item, inner))
    : Object.entries(value).map(([name, item]) => `${JSON.stringify(name)}: ${pythonic(item, inner)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return items.length ? `${open}\n${items.map((item) => `${inner}${item},\n`).join("")}${indent}${close}` : open + close;
}

function python(request) {
  const { url, method, headers, body, needsKey } = partsOf(request);
  const literal = body && literalOf(body, (value) => pythonic(value, "    "));
  const lines = headers
    // The library adds it, with the JSON.
    .filter(([name, value]) => !(literal?.isJson && /^content-type$/i.test(name) && value === "application/json"))
    .map(([name, value]) => `        ${JSON.stringify(name)}: ${JSON.stringify(value)},`);
  if (needsKey) lines.push(`        "${KEY}": str(uuid.uuid4()),`);
  const sent = literal ? [literal.isJson ? `    json=${literal.text},` : `    data=${literal.text}.encode(),`] : [];
  return [
    ...(needsKey ? ["import uuid", ""] : []),
    "import requests",
    "",
    "response = requests.request(",
    `    "${method}",`,
    `    ${JSON.stringify(url)},`,
    "    headers={",
    ...lines,
    "    },",
    ...sent,
    ")",
    "print(response.status_code, response.text)",
  ].join("\n");
}

const LANGUAGES = [
  ["curl", "bash", curl],
  ["JavaScript", "javascript", javascript],
  ["Python", "python", python],
];

// The request as a program sends it. Swagger UI's own choice of languages cannot be used without a mouse.
export const showSnippets = ({ React }) => {
  const e = React.createElement;
  return {
    components: {
      curl: ({ request, getComponent }) => {
        const [chosen, choose] = React.useState(0);
        const [said, say] = React.useState("");
        const [, syntax, write] = LANGUAGES[chosen];
        const text = React.useMemo(() => write(request), [request, write]);
        const buttons = LANGUAGES.map(([name], place) => {
          const onClick = () => {
            choose(place);
            say("");
          };
          return e("button", { key: name, type: "button", "aria-pressed": place === chosen, onClick }, name);
        });
        const copy = async () => {
          // Without HTTPS, only this machine's own pages may use the clipboard.
          const isCopied = await navigator.clipboard?.writeText(text).then(() => true, () => false);
          say(isCopied ? "Copied." : "Select the text to copy it.");
        };
        return e(
          "div",
          { className: "snippets" },
          e("h4", null, "Request"),
          e(
            "div",
            { className: "snippet-buttons" },
            ...buttons,
            e("button", { type: "button", className: "copy", onClick: copy }, "Copy"),
            e("span", { role: "status" }, said),
          ),
          e(
            getComponent("SyntaxHighlighter", true),
            { language: syntax, className: "curl microlight", renderPlainText: ({ children }) => e("pre", null, children) },
            text,
          ),
        );
      },
    },
  };
};
