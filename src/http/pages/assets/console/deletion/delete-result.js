// Shows a deletion while it runs, and what came of it.
import { forgetJob, goOn, isTooOld, summary } from "./bulk-delete.js";
import { ask } from "../parts/dialog.js";
import { announce, fill, h } from "../parts/dom.js";
import { failuresTable } from "./failures-table.js";
import { copyable, copyButton, failureBox, progress } from "../parts/elements.js";
import { count, IDENTIFIERS, number } from "../parts/words.js";

const SAME_KEY = "If you go on, these are sent again with the same key: what was done is not done twice.";
const TOO_OLD = "The key is too old to be used again; check again instead.";

// `again` is called when the deletion is over and a person wants another, or when it is forgotten.
export function showJob(place, job, { again, ended }) {
  const bar = progress("Identifiers sent", "delete-progress");
  const stop = h("button", { type: "button", id: "stop" }, "Stop after this batch");
  stop.addEventListener("click", () => {
    job.stopping.abort();
    draw();
  });
  const running = h(
    "section",
    { class: "panel", "aria-labelledby": "deleting-title", "aria-busy": "true" },
    h("h2", { id: "deleting-title", tabindex: "-1" }, "Deleting…"),
    h("p", null, "Keep this page open. You can look at other parts of the console meanwhile."),
    h("div", { class: "running" }, bar.element, stop),
  );
  const draw = () => {
    if (job.state === "running") {
      if (!place.contains(running)) fill(place, running);
      const state = summary(job);
      bar.set(
        state.done.length,
        job.total,
        `${number(state.done.length)} of ${count(job.total, "identifier")}, ${deleted(job, state)}`,
        [job.isStopping && "stopping…", job.wait].filter(Boolean).join(" "),
      );
      return;
    }
    const hadFocus = place.contains(document.activeElement) || document.activeElement === document.body;
    fill(place, resultOf(job, { again, draw }));
    if (place.isConnected && hadFocus) place.querySelector("h2").focus();
    ended();
  };
  job.listener = draw;
  draw();
}

function resultOf(job, { again, draw }) {
  const state = summary(job);
  const title = titleOf(job, state);
  announce(title);
  const resume = () => {
    // The page may have been left open for so long that the key has become too old.
    if (!isTooOld(job)) goOn(job);
    draw();
  };
  return h(
    "section",
    { class: "panel", id: "delete-result", "aria-labelledby": "delete-result-title" },
    h("h2", { id: "delete-result-title", tabindex: "-1" }, title),
    state.failure && state.failure.kind !== "ended" && failureBox(state.failure),
    state.failure?.kind === "ended" && h("p", { class: "notice" }, "Your sign-in ended before everything was sent."),
    job.isOpen && whatIsLeft(job, state, resume, again),
    state.failures.length > 0 && failuresTable("delete-failures", "What failed", state.failures),
    copyButtons(state),
    state.operations.length > 0 && operations(state.operations),
    !job.isOpen &&
      h(
        "div",
        { class: "buttons" },
        h("button", { type: "button", id: "delete-again", onclick: again }, "Delete other records"),
      ),
  );
}

// Where the service does not tell how many records there were, the identifiers are counted.
const deleted = ({ kind }, { records, matched }) =>
  `${records === undefined ? count(matched, ...IDENTIFIERS[kind]) : count(records, "record")} deleted`;

function titleOf(job, state) {
  const words = deleted(job, state);
  if (job.isOpen) return `The deletion was stopped: ${words} so far`;
  const { failures } = state;
  return failures.length > 0 ? `${words}, ${count(failures.length, "identifier")} failed` : words;
}

function whatIsLeft(job, { done, unknown, unsent }, resume, again) {
  const part = (id, title, items) =>
    items.length > 0 &&
    h(
      "details",
      { id },
      h("summary", null, `${title}: ${count(items.length, "identifier")}`),
      h(
        "ul",
        { class: "identifiers" },
        items.map(({ text }) => h("li", null, h("bdi", null, text))),
      ),
    );
  const isOld = isTooOld(job);
  const forget = async () => {
    if (await askToForget(job, unknown.length, unsent.length)) again();
  };
  return [
    unknown.length > 0 &&
      h(
        "p",
        { class: "notice warning" },
        `It is not known whether the records of ${count(unknown.length, "identifier")} were deleted, so nothing more was sent. ${isOld ? TOO_OLD : SAME_KEY}`,
      ),
    part("part-done", "Done", done),
    part("part-unknown", "Not known", unknown),
    part("part-unsent", "Not carried out", unsent),
    h(
      "div",
      { class: "buttons" },
      h("button", { type: "button", id: "forget-job", onclick: forget }, "Forget this deletion…"),
      !isOld &&
        h(
          "button",
          { type: "button", id: "go-on", class: "primary", onclick: resume },
          unknown.length > 0 ? "Go on with the same key" : "Go on with the rest",
        ),
    ),
  ];
}

function askToForget(job, unknown, unsent) {
  return ask({
    id: "forget-dialog",
    title: "Forget this deletion?",
    content: [
      unknown > 0 &&
        h("p", null, `It is not known whether the records of ${count(unknown, "identifier")} were deleted.`),
      unsent > 0 && h("p", null, `${count(unsent, "identifier")} ${unsent === 1 ? "was" : "were"} not carried out.`),
      h("p", null, "This page will not show them again. What was deleted stays deleted."),
    ],
    action: "Forget it",
    isDangerous: true,
    act: async () => forgetJob(job),
  });
}

function copyButtons({ failures, unknown, unsent }) {
  const lines = (items) => items.map(({ text }) => text).join("\n");
  return h(
    "div",
    { class: "buttons start" },
    failures.length > 0 &&
      copyButton(() => lines(failures), "Copy what failed", "Copy what failed, one identifier per line"),
    unknown.length > 0 &&
      copyButton(() => lines(unknown), "Copy what is not known", "Copy what is not known, one identifier per line"),
    unsent.length > 0 &&
      copyButton(() => lines(unsent), "Copy what was not sent", "Copy what was not sent, one identifier per line"),
  );
}

function operations(ids) {
  const title = ids.length === 1 ? "Operation id" : `Operation ids of the ${number(ids.length)} batches`;
  const list = h(
    "ul",
    { class: "plain", id: "operation-ids" },
    ids.map((id) => h("li", null, copyable(id, "operation id"))),
  );
  return [
    h("h3", null, title),
    h("p", { class: "hint" }, "The deletion is kept under this id, without the numbers and names."),
    ids.length > 5 ? h("details", null, h("summary", null, "Show them"), list) : list,
    ids.length > 1 && copyButton(() => ids.join("\n"), "Copy all", "Copy all operation ids"),
  ];
}
