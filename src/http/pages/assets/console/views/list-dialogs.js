// The dialogs that create and delete a list, and the one that deletes a record.
import { listPath } from "../api/requests.js";
import { ask, settled } from "../parts/dialog.js";
import { h } from "../parts/dom.js";
import { field, name, phone } from "../parts/elements.js";
import { count, DUPLICATES, fullName } from "../parts/words.js";
import { freshKey, write } from "../api/writes.js";

// A new key for each content: the same key for other content would be refused.
function keys() {
  const known = new Map();
  return (content) => {
    if (!known.has(content)) known.set(content, freshKey());
    return known.get(content);
  };
}

// Resolves to the id of the new list, or null.
export async function createList() {
  const input = h("input", { id: "list-name", autocomplete: "off", maxlength: "120", required: true });
  const radios = Object.entries(DUPLICATES).map(([value, [title, meaning]]) => duplicateChoice(value, title, meaning));
  const keyOf = keys();
  let id = null;
  const content = [
    field("Name", input),
    h("fieldset", null, h("legend", null, "What counts as a duplicate? This cannot be changed later."), radios),
  ];
  const act = async (onWait, signal) => {
    const chosen = radios.map((radio) => radio.querySelector("input")).find((radio) => radio.checked).value;
    const body = { name: input.value.trim(), unique_identifier_type: chosen };
    const key = keyOf(JSON.stringify(body));
    const expects = (answer) => typeof answer?.id === "string";
    const { body: created } = settled(await write("POST", "record-lists", { body, key, expects, onWait, signal }));
    id = created.id;
  };
  await ask({
    id: "create-dialog",
    title: "Create a list",
    content,
    action: "Create the list",
    isReady: () => input.value.trim() !== "",
    act,
  });
  return id;
}

function duplicateChoice(value, title, meaning) {
  const id = `duplicates-${value}`;
  const radio = h("input", {
    type: "radio",
    name: "duplicates",
    id,
    value,
    checked: value === "PHONE_NUMBER",
    "aria-describedby": `${id}-hint`,
  });
  return h(
    "div",
    { class: "choice" },
    radio,
    h("div", null, h("label", { for: id }, title), h("p", { class: "hint", id: `${id}-hint` }, meaning)),
  );
}

export function deleteList(list) {
  const input = h("input", { id: "delete-list-name", autocomplete: "off", spellcheck: "false" });
  const key = freshKey();
  const records =
    list.records_count === 0 ? null : [" and its ", h("strong", null, count(list.records_count, "record"))];
  const content = [
    h("p", null, "Delete the list ", h("strong", null, name(list.name)), records, "? This cannot be undone."),
    field("Type the name of the list to confirm", input),
  ];
  return ask({
    id: "delete-list-dialog",
    title: "Delete a list",
    content,
    action: "Delete the list",
    isDangerous: true,
    isReady: () => sameName(input.value, list.name),
    act: async (onWait, signal) => {
      settled(await write("DELETE", listPath(list.id), { key, onWait, signal }));
    },
  });
}

// A field has no line breaks, and nobody can see how many spaces there are.
function sameName(typed, wanted) {
  const seen = (text) => text.replace(/\s+/g, " ").trim();
  return typed === wanted || seen(typed) === seen(wanted);
}

export function deleteRecord(listId, record) {
  const key = freshKey();
  const content = [
    h("p", null, "Delete ", h("strong", null, name(fullName(record))), " from this list? This cannot be undone."),
    h(
      "ul",
      null,
      record.phone_numbers.map((item) => h("li", null, phone(item.phone_number))),
    ),
  ];
  return ask({
    id: "delete-record-dialog",
    title: "Delete a record",
    content,
    action: "Delete the record",
    isDangerous: true,
    act: async (onWait, signal) => {
      const path = `${listPath(listId)}/records/${encodeURIComponent(record.id)}`;
      settled(await write("DELETE", path, { key, onWait, signal }));
    },
  });
}
