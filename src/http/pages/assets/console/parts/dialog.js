// Dialogs that ask before something is done.
import { fill, freshId, h, isBusy, setBusy } from "./dom.js";
import { failureBox } from "./elements.js";

// `act` does it and may throw; the dialog then says why and stays. `isReady` says whether it may be done now.
// Resolves to true if it was done.
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
    const refresh = () => submit.toggleAttribute("disabled", !isReady());
    form.addEventListener("input", refresh);
    refresh();
    cancel.addEventListener("click", () => isBusy(submit) || dialog.close());
    dialog.addEventListener("cancel", (event) => isBusy(submit) && event.preventDefault());
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(isDone);
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (isBusy(submit) || !isReady()) return;
      setBusy(submit, true);
      fill(place);
      try {
        await act((text) => fill(place, text && h("p", { role: "status" }, text)));
        isDone = true;
        dialog.close();
      } catch (failure) {
        if (failure.kind === "ended") dialog.close();
        else fill(place, failureBox(failure));
      } finally {
        setBusy(submit, false);
      }
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

// What a write came to, for a dialog: returns the answer, or throws what the dialog shows.
export function settled({ outcome, answer, failure }) {
  if (outcome === "done") return answer;
  if (outcome === "unknown" && failure.kind !== "ended") {
    failure.description = `It is not known whether this was done. Press the button again: it is done only once. ${failure.description ?? ""}`;
  }
  throw failure;
}
