// Parts that several views are made of.
import { announce, fill, freshId, h } from "./dom.js";
import { localTime, number } from "./words.js";

export function time(instant) {
  return h("time", { datetime: instant, title: `${instant} (UTC)` }, localTime(instant));
}

// Numbers are read from left to right, also between right-to-left names.
export const phone = (text) => h("bdi", { dir: "ltr", class: "phone" }, text);

export const name = (text) => h("bdi", { class: "name" }, text);

// A text that is there to be copied, such as an id.
export function copyable(text, what) {
  return h(
    "span",
    { class: "copyable" },
    h("code", null, text),
    copyButton(() => text, "Copy", `Copy the ${what} ${text}`),
  );
}

export function copyButton(textOf, label, description) {
  const button = h("button", { type: "button", class: "quiet", "aria-label": description }, label);
  button.addEventListener("click", async () => {
    const isCopied = await copy(textOf(), button);
    button.textContent = isCopied ? "Copied" : "Not copied";
    announce(isCopied ? "Copied." : "This could not be copied.");
    setTimeout(() => {
      button.textContent = label;
    }, 2000);
  });
  return button;
}

async function copy(text, button) {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // The older way below needs no permission.
    }
  }
  const area = h("textarea", { class: "unseen", tabindex: "-1", "aria-hidden": "true" });
  area.value = text;
  button.after(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  button.focus();
  return isCopied;
}

export function loading(text) {
  return h("p", { class: "loading", role: "status" }, h("span", { class: "spinner", "aria-hidden": "true" }), text);
}

export function empty(text, ...rest) {
  return h("div", { class: "empty" }, h("p", null, text), rest);
}

// A mistake of this page, rather than a failure of the service, has no `kind`.
const messageOf = (failure) => (failure.kind ? failure.message : "The answer of the service could not be shown.");

// What went wrong and what to do. `again` is the function behind "Try again".
export function failureBox(failure, again) {
  const isForbidden = failure.status === 403;
  const box = h(
    "div",
    { class: "notice error", role: "alert" },
    h("p", null, h("strong", null, isForbidden ? "You are signed in, but you may not do this." : messageOf(failure))),
    isForbidden && h("p", null, failure.message),
    failure.description && h("p", null, failure.description),
    failure.fields?.length > 0 &&
      h(
        "ul",
        null,
        failure.fields.map((field) => h("li", null, h("code", null, field.name), ` ${field.description}`)),
      ),
    failure.requestId && h("p", { class: "request" }, "Request id ", copyable(failure.requestId, "request id")),
    again && h("p", null, h("button", { type: "button", onclick: again }, "Try again")),
  );
  // A mistake of this page is one for its authors.
  if (!failure.kind) console.error(failure);
  return box;
}

// What each place waits for at last: an earlier answer that comes later is not shown.
const latest = new WeakMap();

// Shows "loading" in `place`, then what `load` resolves to, or what went wrong.
export async function show(place, text, load) {
  const hadFocus = place.contains(document.activeElement);
  latest.set(place, load);
  const isLatest = () => latest.get(place) === load;
  place.setAttribute("aria-busy", "true");
  fill(place, loading(text));
  try {
    const content = await load();
    if (!isLatest()) return;
    fill(place, content);
  } catch (failure) {
    if (!isLatest() || failure.kind === "stopped" || failure.kind === "ended") return;
    const again = () => show(place, text, load);
    fill(place, failureBox(failure, again));
  } finally {
    if (isLatest()) place.removeAttribute("aria-busy");
  }
  if (hadFocus) keepFocus(place);
}

// The button that was pressed is gone: the focus goes to what came in its place.
function keepFocus(place) {
  if (!place.isConnected || document.activeElement !== document.body) return;
  const target = place.querySelector("table, button") ?? document.querySelector("main h1");
  if (target.matches("table")) target.tabIndex = -1;
  target.focus({ preventScroll: true });
  if (place.getBoundingClientRect().top < 0) place.scrollIntoView({ block: "start" });
}

export function progress(label, id) {
  const bar = h("progress", { "aria-label": label, max: "1", value: "0" });
  const words = h("span", { class: "progress-words" });
  const element = h("div", { class: "progress", id }, bar, words);
  return {
    element,
    set(done, of, text, note = "") {
      bar.max = Math.max(of, 1);
      bar.value = done;
      words.textContent = note ? `${text} – ${note}` : text;
    },
  };
}

// A table on wide screens, a card per row on narrow ones. The roles keep it a table there too.
export function table({ id, caption, isCaptionSeen = false, columns, rows }) {
  return h(
    "table",
    { id, role: "table" },
    h("caption", { class: isCaptionSeen ? null : "unseen" }, caption),
    h(
      "thead",
      { role: "rowgroup" },
      h(
        "tr",
        { role: "row" },
        columns.map((column) => h("th", { scope: "col", role: "columnheader", class: column.class }, column.title)),
      ),
    ),
    h(
      "tbody",
      { role: "rowgroup" },
      rows.map((row) =>
        h(
          "tr",
          { role: "row", "data-id": row.id },
          columns.map((column) => cell(column, row)),
        ),
      ),
    ),
  );
}

function cell(column, row) {
  const content = column.cell(row);
  const isEmpty = content === "" || content === null || content === undefined;
  const classes = [column.class, isEmpty && "nothing"].filter(Boolean).join(" ");
  const label = h("span", { class: "cell-label", "aria-hidden": "true" }, column.title);
  if (column.isHead) return h("th", { scope: "row", role: "rowheader", class: classes || null }, content);
  return h("td", { role: "cell", class: classes || null }, label, h("div", null, content));
}

// Buttons to the pages before and after; `go` gets the link.
export function pager(page, what, go) {
  const { prev, next } = page._links;
  if (!prev && !next) return null;
  const button = (text, link, id) => link && h("button", { type: "button", id, onclick: () => go(link) }, text);
  return h(
    "nav",
    { class: "pager", "aria-label": `Pages of ${what}` },
    button("Previous page", prev, freshId("previous")),
    h(
      "span",
      null,
      page.total_pages ? `Page ${number(page.page)} of ${number(page.total_pages)}` : `Page ${number(page.page)}`,
    ),
    button("Next page", next, freshId("next")),
  );
}

// A labelled field. `hint` is read with it.
export function field(label, input, hint) {
  const hintId = hint && `${input.id}-hint`;
  if (hint) input.setAttribute("aria-describedby", hintId);
  return h(
    "div",
    { class: "field" },
    h("label", { for: input.id }, label),
    hint && h("p", { class: "hint", id: hintId }, hint),
    input,
  );
}
