// The tab that deletes records: paste, check, look, delete.
import { check, jobs, peopleOf, startJob } from "./bulk-delete.js";
import { announce, fill, h, isBusy, setBusy } from "../parts/dom.js";
import { draft, setDraft } from "../parts/drafts.js";
import { showJob } from "./delete-result.js";
import { failuresTable } from "./failures-table.js";
import { kindOf, MOST, read } from "./identifiers.js";
import { failureBox, name, phone, progress, show, table, waiting } from "../parts/elements.js";
import { count, fullName, IDENTIFIERS, number } from "../parts/words.js";

const PEOPLE_FOR = 20;
const KINDS = {
  PHONE_NUMBER: ["Phone numbers", "With + and the country code, such as +44 20 7946 0958"],
  ID: ["Record ids", "The ids that the service gave to the records"],
  EXTERNAL: [
    "External ids",
    "Per line, the provider and the id with a comma or a tab between them, such as salesforce,003DL0000212DetYAE. Capital letters matter",
  ],
};

export function deletePart(list, viewSignal, recount) {
  const place = h("div", { class: "delete-records" });
  const showForm = () => fill(place, deleteForm(list, viewSignal, begin));
  const begin = (kind, { items, faulty }) => {
    watch(startJob(list.id, list.name, kind, items, faulty));
    place.querySelector("h2")?.focus();
  };
  const watch = (job) => {
    const again = () => {
      jobs.delete(list.id);
      setDraft(`delete ${list.id}`, { text: "", kind: null });
      showForm();
      place.querySelector("textarea").focus();
    };
    showJob(place, job, { again, ended: recount });
  };
  const job = jobs.get(list.id);
  if (job) watch(job);
  else showForm();
  return place;
}

function deleteForm(list, viewSignal, begin) {
  const saved = draft(`delete ${list.id}`, { text: "", kind: null });
  const area = h("textarea", {
    id: "identifiers",
    rows: "8",
    spellcheck: "false",
    autocomplete: "off",
    "aria-describedby": "identifiers-hint",
  });
  const words = h("p", { id: "identifiers-count", role: "status" });
  const checkButton = h("button", { type: "submit", id: "check", class: "primary" }, "Check");
  const preview = h("div", { id: "preview" });
  const radios = Object.entries(KINDS).map(([kind, [title, meaning]]) => kindChoice(kind, title, meaning));
  const radioOf = (kind) => radios.map((choice) => choice.querySelector("input")).find(({ value }) => value === kind);
  let kind = "PHONE_NUMBER";
  let parsed = null;
  let checking = null;
  let timer = null;

  // What was checked is not what is there any more.
  const forget = () => {
    checking?.abort();
    checking = null;
    fill(preview);
    parsed = null;
  };
  const parse = () => {
    clearTimeout(timer);
    kind = saved.kind ?? kindOf(area.value);
    radioOf(kind).checked = true;
    parsed = read(area.value, kind);
    words.textContent = describe(parsed, kind);
  };
  area.addEventListener("input", () => {
    forget();
    saved.text = area.value;
    if (area.value.trim() === "") saved.kind = null;
    clearTimeout(timer);
    timer = setTimeout(parse, 300);
  });
  radios.forEach((choice) =>
    choice.addEventListener("change", (event) => {
      forget();
      saved.kind = event.target.value;
      parse();
    }),
  );

  const submit = async (event) => {
    event.preventDefault();
    if (isBusy(checkButton)) return;
    forget();
    parse();
    const { items, faulty } = parsed;
    if (items.length + faulty.length === 0) {
      fill(preview, h("p", { class: "notice error", role: "alert" }, "Paste at least one identifier."));
      area.focus();
      return;
    }
    if (items.length > MOST) {
      fill(
        preview,
        h(
          "p",
          { class: "notice error", role: "alert" },
          `These are too many for this page: it takes up to ${number(MOST)} at a time. Paste a part of them.`,
        ),
      );
      return;
    }
    await runCheck();
  };

  const runCheck = async () => {
    checking = new AbortController();
    const { signal } = checking;
    const mine = parsed;
    viewSignal.addEventListener("abort", () => checking?.abort(), { once: true });
    const bar = progress("Identifiers checked", "check-progress");
    const report = (done, wait) =>
      bar.set(done, mine.items.length, `${number(done)} of ${count(mine.items.length, "identifier")}`, waiting(wait));
    report(0, 0);
    fill(preview, bar.element);
    preview.setAttribute("aria-busy", "true");
    announce("Checking. Nothing is deleted.");
    setBusy(checkButton, true);
    try {
      const result = await check(list.id, mine.items, { signal, report });
      result.failures.unshift(...mine.faulty);
      fill(
        preview,
        previewOf(list, kind, result, signal, () => begin(kind, mine)),
      );
      preview.querySelector("h2").focus();
    } catch (failure) {
      if (failure.kind !== "stopped" && failure.kind !== "ended") fill(preview, failureBox(failure, runCheck));
    } finally {
      setBusy(checkButton, false);
      preview.removeAttribute("aria-busy");
    }
  };

  area.value = saved.text;
  parse();
  return [
    h(
      "form",
      { id: "delete-form", novalidate: true, onsubmit: submit },
      h("h2", null, "Delete records"),
      h("p", null, "Paste what identifies them. Checking deletes nothing; it shows what would be deleted."),
      h("label", { for: "identifiers" }, "Identifiers"),
      h("p", { class: "hint", id: "identifiers-hint" }, "One per line, or separated by commas or semicolons"),
      area,
      words,
      h("fieldset", { class: "kinds" }, h("legend", null, "These are"), radios),
      h("div", { class: "buttons" }, checkButton),
    ),
    preview,
  ];
}

function kindChoice(kind, title, meaning) {
  const id = `kind-${kind}`;
  return h(
    "div",
    { class: "choice" },
    h("input", { type: "radio", name: "kind", id, value: kind, "aria-describedby": `${id}-hint` }),
    h("div", null, h("label", { for: id }, title), h("p", { class: "hint", id: `${id}-hint` }, meaning)),
  );
}

function describe({ items, faulty, repeated }, kind) {
  const all = items.length + faulty.length + repeated;
  if (all === 0) return "";
  const parts = [`${count(all, "identifier")}`];
  if (repeated > 0) parts.push(`${number(repeated)} repeated (sent once)`);
  if (faulty.length > 0)
    parts.push(
      kind === "EXTERNAL"
        ? `${count(faulty.length, "line")} that cannot be read`
        : `${number(faulty.length)} that cannot be sent`,
    );
  return parts.join(", ");
}

// What the check has found, in a sentence.
function found(kind, { matched, records, failures, isExact }) {
  const [one, many] = IDENTIFIERS[kind];
  const what = `${isExact || kind !== "PHONE_NUMBER" ? "" : "at most "}${count(records, "record")}`;
  const missing = failures.filter(({ code }) => code === "RECORD_NOT_FOUND").length;
  const unexplained = failures.filter(({ code }) => !code).length;
  const unusable = failures.length - missing - unexplained;
  if (matched + failures.length === 1)
    return `This ${one} ${matched === 1 ? `matches ${what}` : missing === 1 ? "matches nothing" : "matches nothing or cannot be used"}.`;
  const parts = [
    matched > 0 && `${count(matched, one, many)} ${matched === 1 ? "matches" : "match"} ${what}`,
    missing > 0 &&
      `${matched > 0 ? number(missing) : count(missing, one, many)} ${missing === 1 ? "matches" : "match"} nothing`,
    unexplained > 0 && `${number(unexplained)} ${unexplained === 1 ? "matches" : "match"} nothing or cannot be used`,
    unusable > 0 && `${number(unusable)} cannot be used`,
  ];
  return `${parts.filter(Boolean).join("; ")}.`;
}

function previewOf(list, kind, result, signal, act) {
  const sentence = found(kind, result);
  announce(sentence);
  const { records, failures, matchedItems, isExact } = result;
  const people = h("div", { id: "preview-people" });
  if (records > 0 && matchedItems.length <= PEOPLE_FOR) {
    show(people, "Reading the people…", async () => peopleTable(await peopleOf(list.id, matchedItems, signal)));
  }
  return h(
    "section",
    { class: "panel", "aria-labelledby": "preview-title" },
    h("h2", { id: "preview-title", tabindex: "-1" }, sentence),
    !isExact &&
      kind === "PHONE_NUMBER" &&
      h("p", { class: "hint" }, "A person with several of these numbers may be counted more than once."),
    people,
    failures.length > 0 && failuresTable("preview-failures", "What matches nothing or cannot be used", failures),
    records > 0 && h("p", null, "This cannot be undone."),
    records > 0 &&
      h(
        "div",
        { class: "buttons" },
        h(
          "button",
          { type: "button", id: "delete", class: "danger", onclick: act },
          `Delete ${isExact || kind !== "PHONE_NUMBER" ? "" : "up to "}${count(records, "record")}`,
        ),
      ),
    records === 0 && h("p", { class: "hint" }, "There is nothing to delete."),
  );
}

function peopleTable({ people, more }) {
  return [
    table({
      caption: "People that would be deleted",
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
    more > 0 && h("p", { class: "hint" }, `and ${number(more)} more`),
  ];
}
