// The records of a list: filters, pages, and deleting one.
import { get, getAll, listPath, queryOf } from "../api/requests.js";
import { announce, h } from "../parts/dom.js";
import { draft, setDraft } from "../parts/drafts.js";
import { deleteRecord } from "./list-dialogs.js";
import { empty, field, name, pager, phone, show, table, time } from "../parts/elements.js";
import { faultOf } from "../parts/phone-numbers.js";
import { count, fullName, phoneType, priority } from "../parts/words.js";

const PRIORITIES = Array.from({ length: 11 }, (_, place) => 11 - place);

export function recordsPart(list, signal, recount) {
  const place = h("div", { id: "records-place" });
  let last = null;
  const load = (query, isTurned) => {
    last = query;
    return show(place, "Reading the records…", async () => {
      const page = await get(`${listPath(list.id)}/records`, { query, items: "records", signal });
      if (isTurned) announce(`Page ${page.page} of the records.`);
      return recordsPage(page, query, load, remove);
    });
  };
  const remove = async (record) => {
    if (!(await deleteRecord(list.id, record))) return;
    announce(`${fullName(record)} was deleted.`);
    recount();
    await load(last);
    document.getElementById("list-title").focus();
  };
  const filters = filterForm(list, signal, (chosen) => load({ per_page: 50, ...chosen }));
  return h("div", null, filters, place);
}

function filterForm(list, signal, apply) {
  const key = `filters ${list.id}`;
  const saved = draft(key, {});
  const input = (id, attributes) => h("input", { id, autocomplete: "off", spellcheck: "false", ...attributes });
  const fields = {
    phone_number: input("filter-phone", { type: "tel", maxlength: "64" }),
    search: input("filter-search", { type: "search", maxlength: "80" }),
    external_provider: input("filter-provider", { maxlength: "64" }),
    external_id: input("filter-external", { maxlength: "255" }),
    priorities: h(
      "select",
      { id: "filter-priority" },
      h("option", { value: "" }, "Any"),
      PRIORITIES.map((value) => h("option", { value }, priority(value))),
    ),
    timezones: h("select", { id: "filter-timezone" }, h("option", { value: "" }, "Any")),
  };
  const fault = h("p", { class: "fault", id: "filter-fault", role: "alert" });
  const chosen = () =>
    Object.fromEntries(
      Object.entries(fields)
        .map(([member, element]) => [member, element.value.trim()])
        .filter(([, value]) => value !== ""),
    );
  const submit = (event) => {
    event?.preventDefault();
    const query = chosen();
    fault.textContent = faultIn(query) ?? "";
    if (fault.textContent) return;
    setDraft(key, query);
    apply(query);
  };
  const clear = () => {
    for (const element of Object.values(fields)) element.value = "";
    submit();
    fields.phone_number.focus();
  };
  for (const [member, value] of Object.entries(saved)) fields[member].value = value;
  fillTimezones(fields.timezones, saved.timezones, list.id, signal);
  const hasMore = ["external_provider", "external_id", "priorities", "timezones"].some((member) => saved[member]);
  const form = h(
    "form",
    { id: "filters", class: "filters", novalidate: true, onsubmit: submit, "aria-label": "Filter the records" },
    h(
      "div",
      { class: "fields" },
      field("Phone number", fields.phone_number),
      field("Name, number or external id begins with", fields.search),
    ),
    h(
      "details",
      { open: hasMore },
      h("summary", null, "More filters"),
      h(
        "div",
        { class: "fields" },
        field("External provider", fields.external_provider),
        field("External id", fields.external_id),
        field("Priority", fields.priorities),
        field("Time zone", fields.timezones),
      ),
    ),
    fault,
    h(
      "div",
      { class: "buttons start" },
      h("button", { type: "submit", class: "primary", id: "filter" }, "Filter"),
      h("button", { type: "button", id: "filter-clear", onclick: clear }, "Clear"),
    ),
  );
  submit();
  return form;
}

function faultIn({ phone_number: number, external_provider: provider, external_id: id }) {
  if (number && faultOf(number)) return faultOf(number);
  return Boolean(provider) === Boolean(id)
    ? null
    : "An external provider and an external id are only found together. Fill in both, or neither.";
}

// The zones that there are. Without them one cannot choose, and everything else works.
async function fillTimezones(select, chosen, listId, signal) {
  if (chosen) select.append(h("option", { value: chosen, selected: true }, chosen));
  try {
    const { items } = await getAll(`${listPath(listId)}/records/timezones`, "timezones", { cap: 600, signal });
    select.append(...items.filter((zone) => zone !== chosen).map((zone) => h("option", { value: zone }, zone)));
  } catch {
    // See above.
  }
}

function recordsPage(page, query, load, remove) {
  const records = page._embedded.records;
  const isFiltered = Object.keys(query).some((member) => member !== "per_page" && member !== "cursor");
  if (records.length === 0) {
    if (page._links.prev)
      return empty(
        "There are no more records.",
        h("button", { type: "button", onclick: () => load({ per_page: 50 }) }, "First page"),
      );
    return empty(
      isFiltered ? "No record of the list fits." : "This list has no records yet. Programs add them through the API.",
    );
  }
  const words =
    isFiltered && page.total !== undefined ? `${count(page.total, "record")} ${page.total === 1 ? "fits" : "fit"}` : "";
  return [
    words && h("p", { class: "hint", role: "status", id: "records-count" }, words),
    recordsTable(records, remove),
    pager(page, "records", (link) => load(queryOf(link), true)),
  ];
}

function recordsTable(records, remove) {
  return table({
    id: "records",
    caption: "Records of the list",
    rows: records,
    columns: [
      { title: "Name", isHead: true, class: "wide", cell: (record) => name(fullName(record)) },
      { title: "Numbers", cell: numbers },
      { title: "External id", cell: external },
      { title: "Priority", cell: (record) => priority(record.priority) },
      { title: "Time zone", cell: (record) => record.timezone ?? "" },
      { title: "Added", class: "when", cell: (record) => time(record.created_at) },
      {
        title: "Action",
        class: "action",
        cell: (record) =>
          h(
            "button",
            {
              type: "button",
              class: "quiet danger-text",
              "aria-label": `Delete ${fullName(record)}…`,
              onclick: () => remove(record),
            },
            "Delete…",
          ),
      },
    ],
  });
}

function numbers(record) {
  return h(
    "ul",
    { class: "plain" },
    record.phone_numbers.map((item) =>
      h("li", null, phone(item.phone_number), " ", h("span", { class: "muted" }, phoneType(item.phone_type))),
    ),
  );
}

function external({ external_provider: provider, external_id: id, external_url: url }) {
  const text = id ? [h("bdi", null, id), " ", h("span", { class: "muted" }, h("bdi", null, provider))] : "";
  if (!/^https?:\/\//i.test(url ?? "")) return text;
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text || "Open");
}
