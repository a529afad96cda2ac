// What a check has found, before anything is deleted.
import { PEOPLE_FOR, peopleOf } from "./bulk-delete.js";
import { announce, h } from "../parts/dom.js";
import { failuresTable } from "./failures-table.js";
import { name, phone, show, table } from "../parts/elements.js";
import { count, fullName, IDENTIFIERS, number } from "../parts/words.js";

const CHANGED = "This has changed since the check.";

// What the check has found, in a sentence. Where the service does not tell how many records there are, it says nothing
// of them.
function found(kind, { matched, records, failures, isExact }) {
  const [one, many] = IDENTIFIERS[kind];
  const atMost = isExact || kind !== "PHONE_NUMBER" ? "" : "at most ";
  const what = records === undefined ? "" : ` ${atMost}${count(records, "record")}`;
  const missing = failures.filter(({ code }) => code === "RECORD_NOT_FOUND").length;
  const unexplained = failures.filter(({ code }) => !code).length;
  const unusable = failures.length - missing - unexplained;
  if (matched + failures.length === 1)
    return `This ${one} ${matched === 1 ? `matches${what}` : missing === 1 ? "matches nothing" : "matches nothing or cannot be used"}.`;
  const parts = [
    matched > 0 && `${count(matched, one, many)} ${matched === 1 ? "matches" : "match"}${what}`,
    missing > 0 &&
      `${matched > 0 ? number(missing) : count(missing, one, many)} ${missing === 1 ? "matches" : "match"} nothing`,
    unexplained > 0 && `${number(unexplained)} ${unexplained === 1 ? "matches" : "match"} nothing or cannot be used`,
    unusable > 0 && `${count(unusable, one, many)} cannot be used`,
  ];
  return `${parts.filter(Boolean).join("; ")}.`;
}

// `act` gets the button and a place for what happens after it was pressed.
export function previewOf(list, kind, result, { signal, hasChanged, act }) {
  const sentence = found(kind, result);
  announce(hasChanged ? `${CHANGED} ${sentence}` : sentence);
  const { records, matched, failures, matchedItems, isExact } = result;
  const hasSome = records === undefined ? matched > 0 : records > 0;
  const people = h("div", { id: "preview-people" });
  if (hasSome) {
    const first = matchedItems.slice(0, PEOPLE_FOR);
    const caption =
      first.length < matchedItems.length
        ? `People that would be deleted: those of the first ${PEOPLE_FOR} identifiers`
        : "People that would be deleted";
    show(people, "Reading the people…", async () => peopleTable(caption, await peopleOf(list.id, first, signal)));
  }
  const mayRepeat = records !== undefined && !isExact && kind === "PHONE_NUMBER";
  const below = h("div");
  const button = h("button", { type: "button", id: "delete", class: "danger" }, deleteWords(kind, result));
  button.addEventListener("click", () => act(button, below));
  return h(
    "section",
    { class: "panel", "aria-labelledby": "preview-title" },
    h("h2", { id: "preview-title", tabindex: "-1" }, sentence),
    hasChanged && h("p", { class: "notice warning", id: "preview-changed" }, CHANGED),
    mayRepeat && h("p", { class: "hint" }, "A person with several of these numbers may be counted more than once."),
    people,
    hasSome
      ? [h("p", null, "This cannot be undone."), below, h("div", { class: "buttons" }, button)]
      : h("p", { class: "hint" }, "There is nothing to delete."),
    failures.length > 0 && failuresTable("preview-failures", "What matches nothing or cannot be used", failures, true),
  );
}

function deleteWords(kind, { records, matched, isExact }) {
  if (records === undefined)
    return `Delete what ${count(matched, ...IDENTIFIERS[kind])} ${matched === 1 ? "matches" : "match"}`;
  return `Delete ${isExact || kind !== "PHONE_NUMBER" ? "" : "up to "}${count(records, "record")}`;
}

function peopleTable(caption, { people, more }) {
  return [
    table({
      caption,
      isCaptionSeen: true,
      rows: people,
      columns: [
        { title: "Name", isHead: true, cell: (record) => name(fullName(record)) },
        {
          title: "Numbers",
          cell: (record) => record.phone_numbers.map((item, place) => [place > 0 && ", ", phone(item.phone_number)]),
        },
        {
          title: "External id",
          cell: (record) =>
            record.external_id ? h("bdi", null, `${record.external_provider} ${record.external_id}`) : "",
        },
      ],
    }),
    more !== 0 && h("p", { class: "hint" }, more > 0 ? `and ${number(more)} more` : "and more"),
  ];
}
