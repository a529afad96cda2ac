// "Find a number": which lists have it, and who may have deleted it.
import { jobs } from "../deletion/bulk-delete.js";
import { announce, fill, h } from "../parts/dom.js";
import { latestDeletions } from "./deletions.js";
import { draft, propose, setDraft } from "../parts/drafts.js";
import { search } from "./find-search.js";
import { failureBox, name, phone, progress, table, time } from "../parts/elements.js";
import { faultOf, normalised } from "../parts/phone-numbers.js";
import { addressOf } from "../parts/router.js";
import { count, fullName, number, priority } from "../parts/words.js";

export function findSection(viewSignal) {
  const input = h("input", {
    id: "find-number",
    type: "tel",
    autocomplete: "off",
    placeholder: "+44 20 7946 0958",
    "aria-describedby": "find-hint find-fault",
  });
  const fault = h("p", { id: "find-fault", class: "fault", role: "alert" });
  const result = h("div", { id: "find-result" });
  let running = null;

  const find = async (event) => {
    event?.preventDefault();
    running?.abort();
    const typed = input.value.trim();
    const wrong = faultOf(typed);
    fault.textContent = wrong ?? "";
    input.setAttribute("aria-invalid", String(Boolean(wrong)));
    fill(result);
    if (wrong) return input.focus();
    running = new AbortController();
    const { signal } = running;
    viewSignal.addEventListener("abort", () => running?.abort(), { once: true });
    await run(typed, { signal, viewSignal, stop: () => running.abort() }, result, find);
  };

  input.value = draft("find", "");
  input.addEventListener("input", () => {
    setDraft("find", input.value);
    fault.textContent = "";
    input.removeAttribute("aria-invalid");
  });
  const element = h(
    "section",
    { class: "panel find", "aria-labelledby": "find-title" },
    h("h2", { id: "find-title" }, "Find a number"),
    h(
      "form",
      { id: "find-form", novalidate: true, onsubmit: find },
      h("label", { for: "find-number" }, "Phone number"),
      h(
        "p",
        { class: "hint", id: "find-hint" },
        "With + and the country code. It is looked up in all lists of the account.",
      ),
      h("div", { class: "row" }, input, h("button", { type: "submit", class: "primary", id: "find" }, "Find")),
      fault,
    ),
    result,
  );
  return { element, input };
}

async function run(typed, { signal, viewSignal, stop }, result, again) {
  const bar = progress("Lists searched", "find-progress");
  const cancel = h("button", { type: "button", id: "find-cancel", onclick: stop }, "Stop");
  const answer = h("div");
  fill(result, h("div", { class: "running" }, bar.element, cancel), answer);
  result.setAttribute("aria-busy", "true");
  announce("Searching the lists.");
  let known = null;
  const answered = () => showAnswer(result, typed, known, again, { signal, viewSignal });
  const report = (state) => {
    known = state;
    if (signal.aborted) return;
    if (!state.lists) bar.set(0, 1, "Reading the lists…", state.wait);
    else
      bar.set(
        state.searched + state.failed.length,
        state.lists.length,
        `${number(state.searched)} of ${count(state.lists.length, "list")}`,
        state.wait,
      );
  };
  try {
    // A number that the service cannot read would be in no list, so it gets the one spelling that it knows.
    await search(normalised(typed), { signal, report });
    await answered();
  } catch (failure) {
    if (failure.kind === "ended" || viewSignal.aborted) return;
    // A newer search has its own place in the page by now.
    if (failure.kind !== "stopped") fill(result, failureBox(failure, again));
    else if (result.isConnected && result.contains(answer)) await answered();
  } finally {
    result.removeAttribute("aria-busy");
  }
}

async function showAnswer(result, typed, state, again, { signal, viewSignal }) {
  const isStopped = signal.aborted;
  const sentence = sentenceOf(typed, state, isStopped);
  announce(sentence.map((part) => (typeof part === "string" ? part : typed)).join(""));
  const heading = h(
    "h3",
    { tabindex: "-1", id: "find-answer", class: state.found.length > 0 ? "is-found" : null },
    sentence,
  );
  const suspects = h("section", { id: "find-deletions", "aria-labelledby": "find-deletions-title" });
  fill(
    result,
    heading,
    state.failed.length > 0 && unsearched(state.failed, again),
    isStopped && h("p", null, h("button", { type: "button", onclick: again }, "Search again")),
    state.found.length > 0 && peopleFound(state.found, typed),
    suspects,
  );
  heading.focus();
  const isMissing = state.found.length === 0 && (state.searched > 0 || state.lists?.length === 0);
  await latestDeletions(suspects, isMissing, viewSignal);
}

function sentenceOf(typed, { lists, searched, found }, isStopped) {
  const shown = phone(typed);
  if (!lists) return ["The search was stopped before it began."];
  if (lists.length === 0) return ["There are no lists yet, so ", shown, " is in none."];
  const all = lists.length;
  if (isStopped)
    return [
      "Stopped after ",
      `${number(searched)} of ${count(all, "list")}: `,
      shown,
      found.length > 0 ? ` is in ${number(found.length)} of them.` : " is in none of them.",
    ];
  const of = searched < all ? searched : all;
  if (found.length > 0) return [shown, ` is in ${number(found.length)} of ${count(of, "list")}.`];
  if (searched === 0)
    return [all === 1 ? "The only list could not be searched." : `None of the ${number(all)} lists could be searched.`];
  if (searched < all) return [shown, ` is in none of the ${count(searched, "list")} that could be searched.`];
  return [shown, all === 1 ? " is not in the only list of the account." : ` is in none of the ${number(all)} lists.`];
}

function unsearched(failed, again) {
  return h(
    "div",
    { class: "notice error", role: "alert" },
    h("p", null, h("strong", null, `${count(failed.length, "list")} could not be searched. The number may be there.`)),
    h(
      "ul",
      null,
      failed.slice(0, 10).map(({ list, failure }) => h("li", null, name(list.name), `: ${failure.message}`)),
    ),
    failed.length > 10 && h("p", null, `and ${number(failed.length - 10)} more`),
    h("p", null, h("button", { type: "button", onclick: again }, "Search again")),
  );
}

// One row per person; the links tell the list what it was about, as the address must not.
function peopleFound(found, typed) {
  const rows = found.flatMap(({ list, records }) => records.map((record) => ({ id: list.id, list, record })));
  const cut = found.filter(({ hasMore }) => hasMore);
  return [
    table({
      id: "found",
      caption: "People with this number",
      rows,
      columns: [
        {
          title: "List",
          isHead: true,
          class: "wide",
          cell: ({ list }) => toList(list, { key: "filters", value: { phone_number: typed } }),
        },
        { title: "Name", class: "wordy", cell: ({ record }) => name(fullName(record)) },
        { title: "Priority", cell: ({ record }) => priority(record.priority) },
        { title: "Added", class: "when", cell: ({ record }) => time(record.created_at) },
        { title: "Action", class: "action", cell: ({ list }) => toDelete(list, typed) },
      ],
    }),
    cut.map(({ list, records, total }) =>
      h(
        "p",
        { class: "hint" },
        `Of the ${number(total)} records in `,
        name(list.name),
        `, the first ${number(records.length)} are shown.`,
      ),
    ),
  ];
}

function toList(list, { key, value }) {
  return h("a", { href: addressOf(list.id), onclick: () => setDraft(`${key} ${list.id}`, value) }, name(list.name));
}

function toDelete(list, typed) {
  const remember = () => {
    propose(list.id, typed);
    // What an earlier deletion came to makes room, unless that has not ended.
    if (!jobs.get(list.id)?.isOpen) jobs.delete(list.id);
  };
  return h(
    "a",
    { href: addressOf(list.id, "delete"), onclick: remember, "aria-label": `Delete the number from ${list.name}…` },
    "Delete…",
  );
}
