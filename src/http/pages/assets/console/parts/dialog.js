// Dialogs that ask before something is done.
import { Failure } from "../api/failure.js";
import { fill, freshId, h, setBusy } from "./dom.js";
import { failureBox } from "./elements.js";

// `act` does it and may throw; the dialog then says why and stays. It gets a function that says what goes on, and the
// signal of "Cancel". `isReady` says whether it may be done now. Resolves to true if it was done.
export function ask({ id, title, content, action, isDangerous = false, isReady = () => true, act }) {
  const titleId = freshId("dialog");
  const place = h("div", { class: "dialog-failure" });
  const cancel = h("button", { type: "button", class: "cancel" }, "Cancel");
  const submit = h("button", { type: "submit", class: isDangerous ? "danger" : "primary" }, action);
  const form = h(
    "form",
    { novalidate: true },
    h("h2", { id: titleId }, title),
    content,
    place,
    h("div", { class: "buttons" }, cancel, submit),
  );
  const dialog = h("dialog", { id, "aria-labelledby": titleId }, form);

  return new Promise((resolve) => {
    let isDone = false;
    let acting = null;
    const refresh = () => submit.toggleAttribute("disabled", !isReady());
    form.addEventListener("input", refresh);
    refresh();
    cancel.addEventListener("click", () => (acting ? acting.abort() : dialog.close()));
    dialog.addEventListener("cancel", (event) => {
      if (!acting) return;
      event.preventDefault();
      acting.abort();
    });
    dialog.addEventListener("close", () => {
      acting?.abort();
      dialog.remove();
      resolve(isDone);
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (acting || !isReady()) return;
      acting = new AbortController();
      setBusy(submit, true);
      fill(place);
      try {
        await act((text) => fill(place, text && h("p", { role: "status" }, text)), acting.signal);
        isDone = true;
        dialog.close();
      } catch (failure) {
        const isOver = failure.kind === "ended" || (failure.kind === "stopped" && !failure.description);
        if (isOver) dialog.close();
        else fill(place, failureBox(failure));
      } finally {
        acting = null;
        setBusy(submit, false);
      }
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

const IN_DOUBT = "It is not known whether this was done.";
const AGAIN = "Press the button again: it is done only once.";

// What a write came to, for a dialog: returns the answer, or throws what the dialog shows.
export function settled({ outcome, answer, failure }) {
  if (outcome === "done") return answer;
  if (outcome === "unknown" && failure.kind === "stopped") {
    throw new Failure("stopped", { message: IN_DOUBT, description: `${AGAIN} Or cancel, and look whether it was.` });
  }
  if (outcome === "unknown" && failure.kind !== "ended") {
    failure.description = `${IN_DOUBT} ${AGAIN} ${failure.description ?? ""}`;
  }
  throw failure;
}
