// The audit trail: of the account, of one list, and the latest entries for "Find a number".
import { get, listPath, queryOf } from "../api/requests.js";
import { announce, fill, h } from "../parts/dom.js";
import { readNames } from "../parts/names.js";
import { copyable, empty, name, pager, show, table, time } from "../parts/elements.js";
import { addressOf } from "../parts/router.js";
import { count, how, number } from "../parts/words.js";

const LATEST = 25;
const NOT_KEPT =
  "The service keeps who deleted how many records from which list and when. It does not keep the numbers themselves, " +
  "so match the time and the operation id with the log of the program that sent the deletion.";

const columns = (names) => [
  { title: "When", isHead: true, class: "when", cell: (entry) => time(entry.created_at) },
  {
    title: "Who",
    class: "wordy",
    cell: (entry) => (entry.client_id ? h("bdi", null, entry.client_id) : h("span", { class: "muted" }, "not named")),
  },
  ...(names ? [{ title: "List", class: "wordy", cell: (entry) => listOf(entry, names) }] : []),
  { title: "How", class: "wordy", cell: (entry) => how(entry.identifier_kind) },
  { title: "Records", class: "figure", cell: (entry) => number(entry.total_records_deleted) },
  { title: "Failed", class: "figure", cell: (entry) => number(entry.total_errors) },
  { title: "Operation id", class: "id", cell: (entry) => copyable(entry.id, "operation id") },
  { title: "Request id", class: "id", cell: (entry) => copyable(entry.request_id, "request id") },
];

function listOf({ record_list_id: id, identifier_kind: kind }, names) {
  const known = kind === "LIST" ? null : names(id);
  if (known === null) return h("a", { href: addressOf(id, "deletions"), class: "muted" }, "a deleted list");
  return h("a", { href: addressOf(id) }, known === undefined ? `list ${id}` : name(known));
}

function deletionsTable(id, caption, entries, names) {
  return table({ id, caption, rows: entries, columns: columns(names) });
}

// Below the answer to "is this number there?".
// Where the number is not missing, the deletions are folded: few will want them.
export function latestDeletions(place, isMissing, signal) {
  return show(place, "Reading the latest deletions…", async () => {
    const page = await get("deletions", { query: { per_page: 200 }, items: "deletions", signal });
    const all = page._embedded.deletions;
    const entries = all.filter((entry) => entry.total_records_deleted > 0);
    const words = isMissing ? "Who may have deleted it" : "Latest deletions";
    const id = "find-deletions-title";
    const title = h("h3", { id }, words);
    if (all.length === 0) return [title, h("p", null, "Nothing was ever deleted with this account.")];
    const isMore = entries.length > LATEST || page._links.next;
    const rest = isMore && h("p", null, h("a", { href: "#/deletions" }, "All deletions"));
    if (entries.length === 0) return [title, h("p", null, "None of the latest deletions deleted a record."), rest];
    const shown = entries.slice(0, LATEST);
    const content = [
      h("p", null, NOT_KEPT),
      h(
        "p",
        { class: "hint" },
        shown.length === 1
          ? "The latest deletion of the account:"
          : `The latest ${number(shown.length)} deletions of the account, newest first:`,
      ),
      deletionsTable("latest-deletions", "The latest deletions of the account", shown, await readNames(signal)),
      rest,
    ];
    return isMissing ? [title, content] : h("details", null, h("summary", { id }, words), content);
  });
}

// A page of deletions with the pages around it and a filter; `listId` for those of one list.
export function deletionsPart(listId, signal) {
  const place = h("div", { class: "deletions" });
  const path = listId ? `${listPath(listId)}/deletions` : "deletions";
  const load = (query, isTurned) =>
    show(place, "Reading the deletions…", async () => {
      const page = await get(path, { query, items: "deletions", signal });
      const entries = page._embedded.deletions;
      const nobody = listId
        ? "Nothing was ever deleted from this list."
        : "Nothing was ever deleted with this account.";
      if (entries.length === 0) return empty(page._links.prev ? "There are no more deletions." : nobody);
      const names = listId ? null : await readNames(signal);
      if (isTurned) announce(`Page ${page.page} of the deletions.`);
      return filtered(
        entries,
        names,
        pager(page, "deletions", (link) => load(queryOf(link), true)),
      );
    });
  load({ per_page: 50 });
  return place;
}

function filtered(entries, names, pages) {
  const input = h("input", { id: "deletions-filter", type: "search", autocomplete: "off", spellcheck: "false" });
  const place = h("div");
  const words = h("p", { class: "hint", role: "status" });
  const draw = () => {
    const sought = input.value.trim().toLowerCase();
    const texts = (entry) => [entry.client_id || "not named", entry.id, entry.request_id];
    const left = entries.filter((entry) => texts(entry).some((text) => text.toLowerCase().includes(sought)));
    words.textContent = sought ? `${number(left.length)} of ${count(entries.length, "deletion")} on this page` : "";
    fill(
      place,
      left.length > 0
        ? deletionsTable("deletions", "Deletions, newest first", left, names)
        : empty("No deletion on this page fits."),
    );
  };
  input.addEventListener("input", draw);
  draw();
  const label = h(
    "label",
    { for: "deletions-filter" },
    pages ? "Filter this page by who, operation id or request id" : "Filter by who, operation id or request id",
  );
  return [h("div", { class: "field filter" }, label, input), words, place, pages];
}

export function deletionsView() {
  const controller = new AbortController();
  const element = h(
    "div",
    null,
    h("h1", { tabindex: "-1" }, "Deletions"),
    h(
      "p",
      null,
      "Who deleted how many records from which list, the newest first. The numbers and names themselves are not kept.",
    ),
    deletionsPart(null, controller.signal),
  );
  return { title: "Deletions", element, stop: () => controller.abort() };
}
