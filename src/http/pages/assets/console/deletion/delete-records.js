// The tab that deletes records: paste, check, look, delete.
import { check, isSameFound, jobs, startJob } from "./bulk-delete.js";
import { announce, fill, h, isBusy, setBusy } from "../parts/dom.js";
import { draft, setDraft } from "../parts/drafts.js";
import { showJob } from "./delete-result.js";
import { kindOf, MOST, read } from "./identifiers.js";
import { failureBox, phone, progress } from "../parts/elements.js";
import { previewOf } from "./preview.js";
import { count, number } from "../parts/words.js";

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
    // One deletion of a list at a time: another may have begun where this form was left.
    const open = openJob(list.id);
    if (!open) setDraft(`delete ${list.id}`, { text: "", kind: null });
    watch(open ?? startJob(list.id, list.name, kind, items, faulty));
    place.querySelector("h2")?.focus();
  };
  const watch = (job) => {
    const again = () => {
      waits?.remove();
      jobs.delete(list.id);
      showForm();
      place.querySelector("textarea").focus();
    };
    const ended = () => {
      if (!job.isOpen) waits?.remove();
      recount();
    };
    showJob(place, job, { again, ended });
  };
  const job = jobs.get(list.id);
  const waits = job?.isOpen ? proposalAtJob(list.id) : null;
  if (job) watch(job);
  else showForm();
  return [waits, place];
}

const openJob = (listId) => (jobs.get(listId)?.isOpen ? jobs.get(listId) : null);

// The deletion of a list that is gone; `heading` gets the focus when it is forgotten.
export function jobPart(listId, heading) {
  const place = h("div", { class: "delete-records" });
  const again = () => {
    jobs.delete(listId);
    place.remove();
    heading.focus();
  };
  showJob(place, jobs.get(listId), { again, ended: () => {} });
  return place;
}

// A person came to delete a number while an earlier deletion has not ended.
function proposalAtJob(listId) {
  const { proposed } = draft(`delete ${listId}`, { text: "", kind: null });
  if (!proposed) return null;
  return h(
    "p",
    { class: "notice warning", id: "proposal-waits" },
    "A deletion of this list has not ended. End it first; then you can delete ",
    phone(proposed),
    ".",
  );
}

// A person came to delete a number where another text was typed before.
function proposal(saved, take) {
  const { proposed } = saved;
  if (!proposed) return null;
  saved.proposed = undefined;
  const before = saved.text.trim();
  if (before === proposed) return null;
  if (before === "") {
    Object.assign(saved, { text: proposed, kind: null });
    return null;
  }
  const notice = h("div", { class: "notice", id: "proposal" });
  const choice = (id, words, text) => {
    const choose = () => {
      notice.remove();
      take(text);
    };
    return h("button", { type: "button", id, onclick: choose }, words);
  };
  return fill(
    notice,
    h("p", null, "What you typed here before is still there. What about ", phone(proposed), "?"),
    h(
      "div",
      { class: "buttons start" },
      choice("proposal-add", "Add it", `${saved.text.trimEnd()}\n${proposed}`),
      choice("proposal-replace", "Replace the text by it", proposed),
    ),
  );
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

  // Checks, with the progress in `place`; undefined if that failed or was given up, which is then told there.
  const checkIn = async (place, button, again) => {
    const { signal } = checking;
    const mine = parsed;
    const bar = progress("Identifiers checked", "check-progress");
    const report = (done, wait) =>
      bar.set(done, mine.items.length, `${number(done)} of ${count(mine.items.length, "identifier")}`, wait);
    report(0, "");
    fill(place, bar.element);
    place.setAttribute("aria-busy", "true");
    announce("Checking. Nothing is deleted.");
    setBusy(button, true);
    try {
      const result = await check(list.id, mine.items, { signal, report });
      result.failures.unshift(...mine.faulty);
      return result;
    } catch (failure) {
      if (failure.kind !== "stopped" && failure.kind !== "ended") fill(place, failureBox(failure, again));
    } finally {
      setBusy(button, false);
      place.removeAttribute("aria-busy");
    }
  };

  const runCheck = async () => {
    checking = new AbortController();
    viewSignal.addEventListener("abort", () => checking?.abort(), { once: true });
    const result = await checkIn(preview, checkButton, runCheck);
    if (result) showPreview(result, false);
  };

  const showPreview = (result, hasChanged) => {
    const { signal } = checking;
    const mine = parsed;
    // What is deleted is what was shown: so it is checked once more.
    const act = async (button, below) => {
      if (isBusy(button)) return;
      const now = await checkIn(below, button, null);
      if (!now || signal.aborted) return;
      if (isSameFound(now, result)) begin(kind, mine);
      else showPreview(now, true);
    };
    fill(preview, previewOf(list, kind, result, { signal, hasChanged, act }));
    preview.querySelector("h2").focus({ preventScroll: true });
    preview.scrollIntoView({ block: "start" });
  };

  const take = (text) => {
    area.value = text;
    area.dispatchEvent(new Event("input"));
    area.focus();
  };
  const notice = proposal(saved, take);
  area.value = saved.text;
  parse();
  return [
    h(
      "form",
      { id: "delete-form", novalidate: true, onsubmit: submit },
      h("h2", null, "Delete records"),
      notice,
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

function describe({ items, faulty, repeated, column }, kind) {
  const all = items.length + faulty.length + repeated;
  if (all === 0) return "";
  const parts = [`${count(all, "identifier")}`];
  if (repeated > 0) parts.push(`${number(repeated)} repeated (left out)`);
  if (faulty.length > 0)
    parts.push(
      kind === "EXTERNAL"
        ? `${count(faulty.length, "line")} that cannot be read`
        : `${number(faulty.length)} that cannot be sent`,
    );
  const words = parts.join(", ");
  return column ? `${words}. Taken from column ${number(column)}.` : words;
}
