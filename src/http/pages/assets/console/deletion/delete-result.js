// Shows a deletion while it runs, and what came of it.
import { goOn, summary } from "./bulk-delete.js";
import { announce, fill, h } from "../parts/dom.js";
import { failuresTable } from "./failures-table.js";
import { copyable, copyButton, failureBox, progress, waiting } from "../parts/elements.js";
import { count, number } from "../parts/words.js";

export function showJob(place, job, { again, ended }) {
  const bar = progress("Identifiers sent", "delete-progress");
  const stop = h("button", { type: "button", id: "stop" }, "Stop after this batch");
  stop.addEventListener("click", () => {
    job.isStopping = true;
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
      const { done, records } = summary(job);
      bar.set(
        done.length,
        job.total,
        `${number(done.length)} of ${count(job.total, "identifier")}, ${count(records, "record")} deleted`,
        job.isStopping ? "stopping…" : waiting(job.wait),
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
  const resume = async () => {
    const going = goOn(job);
    draw();
    await going;
  };
  return h(
    "section",
    { class: "panel", id: "delete-result", "aria-labelledby": "delete-result-title" },
    h("h2", { id: "delete-result-title", tabindex: "-1" }, title),
    state.failure && state.failure.kind !== "ended" && failureBox(state.failure),
    state.failure?.kind === "ended" && h("p", { class: "notice" }, "Your sign-in ended before everything was sent."),
    job.state === "stopped" && whatIsLeft(state, resume),
    state.failures.length > 0 && failuresTable("delete-failures", "What failed", state.failures),
    copyButtons(state),
    state.operations.length > 0 && operations(state.operations),
    h(
      "div",
      { class: "buttons" },
      h("button", { type: "button", id: "delete-again", disabled: job.isOpen, onclick: again }, "Delete other records"),
    ),
    job.isOpen && h("p", { class: "hint" }, "First go on with what is not known."),
  );
}

function titleOf(job, { records, failures }) {
  const deleted = `${count(records, "record")} deleted`;
  if (job.state === "stopped") return `The deletion was stopped: ${deleted} so far`;
  return failures.length > 0 ? `${deleted}, ${count(failures.length, "identifier")} failed` : deleted;
}

function whatIsLeft({ done, unknown, unsent }, resume) {
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
  return [
    unknown.length > 0 &&
      h(
        "p",
        { class: "notice warning" },
        `It is not known whether the records of ${count(unknown.length, "identifier")} were deleted, so nothing more was sent. If you go on, these are sent again with the same key: what was done is not done twice.`,
      ),
    part("part-done", "Done", done),
    part("part-unknown", "Not known", unknown),
    part("part-unsent", "Not carried out", unsent),
    h(
      "div",
      { class: "buttons" },
      h(
        "button",
        { type: "button", id: "go-on", class: "primary", onclick: resume },
        unknown.length > 0 ? "Go on with the same key" : "Go on with the rest",
      ),
    ),
  ];
}

function copyButtons({ failures, unsent }) {
  const lines = (items) => items.map(({ text }) => text).join("\n");
  return h(
    "div",
    { class: "buttons start" },
    failures.length > 0 &&
      copyButton(() => lines(failures), "Copy what failed", "Copy what failed, one identifier per line"),
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
