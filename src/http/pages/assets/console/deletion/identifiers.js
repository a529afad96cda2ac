// Reads pasted identifiers: what kind they are, which are the same, and which cannot be sent.
import { looksLikeNumber, normalised } from "../parts/phone-numbers.js";

// More than this would take many minutes, and is the work of a program.
export const MOST = 20_000;

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const LIMITS = { phone_number: 64, id: 36, external_provider: 64, external_id: 255 };

// The kind that most of the text seems to be.
export function kindOf(text) {
  const rows = rowsOf(text);
  // A provider and an id look like a column of ids, so that a column counts only if it cannot be one.
  if (columnOf(rows, (part) => part.startsWith("+") && looksLikeNumber(part))) return "PHONE_NUMBER";
  const parts = rows.flat().filter(Boolean).slice(0, 200);
  if (parts.length === 0) return "PHONE_NUMBER";
  const share = (test) => parts.filter(test).length / parts.length;
  if (share(isId) > 0.5 || (rows[0].length > 2 && columnOf(rows, isId))) return "ID";
  if (share(looksLikeNumber) > 0.5) return "PHONE_NUMBER";
  const lines = linesOf(text).slice(0, 200);
  return lines.filter((line) => pairOf(line)).length > lines.length / 2 ? "EXTERNAL" : "PHONE_NUMBER";
}

// `items`: what can be sent, each once, as { text, body }. `faulty`: { text, message }. `repeated`: how many were left out.
// `column`: from which column of a table they are taken, if from one.
export function read(text, kind) {
  const seen = new Set();
  const { parts, column } = kind === "EXTERNAL" ? { parts: linesOf(text) } : partsOf(rowsOf(text), LOOKS[kind]);
  const result = { items: [], faulty: [], repeated: 0, column };
  for (const part of parts) {
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

const isId = (part) => UUID.test(part);
const LOOKS = { PHONE_NUMBER: looksLikeNumber, ID: isId };

// All parts, or those of the only column that looks right.
function partsOf(rows, looksRight) {
  const column = columnOf(rows, looksRight);
  if (!column) return { parts: rows.flat().filter(Boolean) };
  const cells = rows.map((row) => row[column - 1]);
  // The first row may be the titles of the columns.
  const isTitled = !/\d/.test(cells[0]);
  return { parts: (isTitled ? cells.slice(1) : cells).filter(Boolean), column };
}

// Which column of a table is the only one in which something looks right, the first being 1; null if there is none.
function columnOf(rows, looksRight) {
  const width = rows[0]?.length ?? 0;
  if (rows.length < 2 || width < 2 || rows.some((row) => row.length !== width)) return null;
  const counts = rows[0].map((_, place) => rows.filter((row) => looksRight(row[place])).length);
  const right = counts.filter((found) => found > 0);
  const place = counts.findIndex((found) => found > 0);
  const isMost = right[0] * 2 > rows.length - (looksRight(rows[0][place] ?? "") ? 0 : 1);
  const isAlone = rows.every((row) => row.every((part, other) => other === place || part === ""));
  return right.length === 1 && isMost && !isAlone ? place + 1 : null;
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

const LINE_ENDS = /[\r\n\u2028\u2029]+/;

const linesOf = (text) =>
  text
    .split(LINE_ENDS)
    .map((line) => line.trim())
    .filter(Boolean);

// The fields of each line. What follows a number, such as ";ext=5", belongs to it.
const SEPARATOR = /^(?:[\t,]|;(?!\s*[a-z-]+=))/i;

const rowsOf = (text) => {
  const rows = text.split(LINE_ENDS).map((line) => fieldsOf(line, SEPARATOR));
  return rows.filter((row) => row.some(Boolean));
};

// A field in quotes, as spreadsheets write it: it may have separators in it, and two quotes stand for one.
const QUOTED = /^[^\S\t]*"((?:[^"]|"")*)"[^\S\t]*/;

// The fields of a line, at most `most` of them; the last one is then the rest.
function fieldsOf(line, separator, most = Infinity) {
  const fields = [];
  let rest = line;
  for (;;) {
    const { text, after } = firstField(rest, separator, fields.length + 1 === most);
    fields.push(text);
    if (after === null) return fields;
    rest = after;
  }
}

// `after` is what follows the separator, or null at the end.
function firstField(line, separator, isLast) {
  const quoted = QUOTED.exec(line);
  if (quoted) {
    const rest = line.slice(quoted[0].length);
    const found = isLast ? null : separator.exec(rest);
    if (rest === "" || found)
      return { text: unquoted(quoted[1]), after: found ? rest.slice(found[0].length) : null };
  }
  for (let place = 0; !isLast && place < line.length; place += 1) {
    const found = separator.exec(line.slice(place, place + 40));
    if (found) return { text: line.slice(0, place).trim(), after: line.slice(place + found[0].length) };
  }
  return { text: line.trim(), after: null };
}

const unquoted = (text) => text.replaceAll('""', '"').trim();

// A tab is between the two if there is one outside of quotes, and a comma otherwise.
function pairOf(line) {
  for (const separator of [/^\t/, /^,/]) {
    const pair = fieldsOf(line, separator, 2);
    if (pair.length === 2) return pair[0] && pair[1] ? pair : null;
  }
  return null;
}
