// The table of all record lists, with a search as one types.
import { get } from "../api/requests.js";
import { announce, fill, h } from "../parts/dom.js";
import { createList, deleteList } from "./list-dialogs.js";
import { readLists } from "../parts/names.js";
import { empty, failureBox, name, show, table, time } from "../parts/elements.js";
import { addressOf } from "../parts/router.js";
import { count, number, status } from "../parts/words.js";

const SHOWN = 200;

export function listsSection(signal) {
  const place = h("div", { id: "lists-place" });
  const title = h("h2", { id: "lists-title", tabindex: "-1" }, "All lists");
  const reload = () =>
    show(place, "Reading the lists…", async () => {
      const { items, isComplete } = await readLists({ signal });
      if (items.length === 0)
        return empty(
          "No lists yet. Create the first one.",
          h("button", { type: "button", class: "primary", onclick: create }, "Create a list"),
        );
      return searchable(items, isComplete, signal, remove);
    });
  const create = async () => {
    const id = await createList();
    if (id) window.location.hash = addressOf(id);
  };
  const remove = async (list) => {
    if (!(await deleteList(list))) return;
    announce(`The list ${list.name} was deleted.`);
    await reload();
    title.focus();
  };
  reload();
  return h(
    "section",
    { "aria-labelledby": "lists-title" },
    h(
      "div",
      { class: "heading" },
      title,
      h("button", { type: "button", id: "create-list", onclick: create }, "Create a list…"),
    ),
    place,
  );
}

function searchable(lists, isComplete, signal, remove) {
  const input = h("input", {
    id: "lists-search",
    type: "search",
    autocomplete: "off",
    spellcheck: "false",
    maxlength: "120",
  });
  const place = h("div");
  const words = h("p", { class: "hint", id: "lists-count", role: "status" });
  let shown = SHOWN;
  const draw = (found) => {
    const sought = input.value.trim().toLowerCase();
    const left = found ?? lists.filter((list) => list.name.toLowerCase().includes(sought));
    words.textContent = sought
      ? `${number(left.length)} of ${count(lists.length, "list")}`
      : count(lists.length, "list");
    if (!isComplete)
      words.textContent += `. Only the newest ${number(lists.length)} are searched as you type; press Enter to find any other by its whole name.`;
    const more =
      left.length > shown &&
      h("button", { type: "button", onclick: showMore }, `Show ${number(Math.min(SHOWN, left.length - shown))} more`);
    fill(
      place,
      left.length > 0 ? [listsTable(left.slice(0, shown), remove), more] : empty(`No list has this in its name.`),
    );
  };
  const showMore = () => {
    const next = shown;
    shown += SHOWN;
    draw();
    place.querySelectorAll("tbody tr")[next]?.querySelector("a")?.focus();
  };
  input.addEventListener("input", () => {
    shown = SHOWN;
    draw();
  });
  // Lists beyond those that were read can only be found by their whole name.
  const findByName = async (event) => {
    event.preventDefault();
    if (isComplete || input.value === "") return;
    try {
      const page = await get("record-lists", { query: { name: input.value, per_page: 200 }, items: "record_lists", signal });
      draw(page._embedded.record_lists);
    } catch (failure) {
      if (failure.kind !== "stopped" && failure.kind !== "ended") fill(place, failureBox(failure));
    }
  };
  draw();
  return [
    h(
      "form",
      { class: "field filter", onsubmit: findByName },
      h("label", { for: "lists-search" }, "Search by name"),
      input,
    ),
    words,
    place,
  ];
}

function listsTable(lists, remove) {
  return table({
    id: "lists",
    caption: "Record lists, newest first",
    rows: lists,
    columns: [
      {
        title: "Name",
        isHead: true,
        class: "wide",
        cell: (list) => h("a", { href: addressOf(list.id) }, name(list.name)),
      },
      { title: "Records", class: "figure", cell: (list) => number(list.records_count) },
      { title: "Status", cell: (list) => status(list.status) },
      { title: "Created", class: "when", cell: (list) => time(list.created_at) },
      {
        title: "Action",
        class: "action",
        cell: (list) =>
          h(
            "button",
            {
              type: "button",
              class: "quiet danger-text",
              "aria-label": `Delete the list ${list.name}…`,
              onclick: () => remove(list),
            },
            "Delete…",
          ),
      },
    ],
  });
}
