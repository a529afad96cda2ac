// Reads pasted identifiers: what kind they are, which are the same, and which cannot be sent.
import { looksLikeNumber, normalised } from "../parts/phone-numbers.js";

// More than this would take many minutes, and is the work of a program.
export const MOST = 20_000;

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const LIMITS = { phone_number: 64, id: 36, external_provider: 64, external_id: 255 };

// The kind that most of the text seems to be.
export function kindOf(text) {
  const parts = separated(text).slice(0, 200);
  if (parts.length === 0) return "PHONE_NUMBER";
  const share = (test) => parts.filter(test).length / parts.length;
  if (share((part) => UUID.test(part)) > 0.5) return "ID";
  if (share(looksLikeNumber) > 0.5) return "PHONE_NUMBER";
  const lines = linesOf(text).slice(0, 200);
  return lines.filter((line) => pairOf(line)).length > lines.length / 2 ? "EXTERNAL" : "PHONE_NUMBER";
}

// `items`: what can be sent, each once, as { text, body }. `faulty`: { text, message }. `repeated`: how many were left out.
export function read(text, kind) {
  const seen = new Set();
  const result = { items: [], faulty: [], repeated: 0 };
  for (const part of kind === "EXTERNAL" ? linesOf(text) : separated(text)) {
    const { key, body, fault } = READERS[kind](part);
    if (seen.has(key)) result.repeated += 1;
    else if (fault ?? faultOf(body))
      result.faulty.push({ text: part, code: "NOT_SENT", message: fault ?? faultOf(body) });
    else
      result.items.push({ text: kind === "EXTERNAL" ? `${body.external_provider}\t${body.external_id}` : part, body });
    seen.add(key);
  }
  return result;
}

const READERS = {
  PHONE_NUMBER: (part) => ({ key: normalised(part), body: { phone_number: part } }),
  ID: (part) => ({ key: part.toLowerCase(), body: { id: part } }),
  EXTERNAL(line) {
    const pair = pairOf(line);
    if (!pair) return { key: line, fault: "This is not a provider and an id with a comma or a tab between them." };
    return { key: pair.join("\t"), body: { external_provider: pair[0], external_id: pair[1] } };
  },
};

function faultOf(body) {
  for (const [member, value] of Object.entries(body)) {
    if ([...value].length > LIMITS[member])
      return `This is longer than ${LIMITS[member]} characters, so it was not sent.`;
    if (CONTROL.test(value)) return "This has characters that cannot be sent.";
  }
  return null;
}

const linesOf = (text) =>
  text
    .split(/[\r\n\u2028\u2029]+/)
    .map((line) => line.trim())
    .filter(Boolean);

const separated = (text) =>
  text
    .split(/[\r\n\u2028\u2029\t,;]+/)
    .map(bare)
    .filter(Boolean);

// Without the quotes of a spreadsheet.
const bare = (text) =>
  text
    .trim()
    .replace(/^"(.*)"$/, "$1")
    .trim();

function pairOf(line) {
  const place = line.includes("\t") ? line.indexOf("\t") : line.indexOf(",");
  if (place < 0) return null;
  const pair = [bare(line.slice(0, place)), bare(line.slice(place + 1))];
  return pair[0] && pair[1] ? pair : null;
}
