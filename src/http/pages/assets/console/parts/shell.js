// The header: where to go, who is signed in.
import { fill, h } from "./dom.js";
import { addressOf } from "./router.js";
import * as session from "../api/session.js";

const header = document.getElementById("header");
const open = h("div", { class: "open-jobs", id: "open-jobs", hidden: true });

// Deletions that have not ended, so that they are not forgotten on other pages.
export function showOpenJobs(jobs) {
  const left = [...jobs].filter((job) => job.isOpen);
  open.hidden = left.length === 0;
  fill(open, left.map(openJob));
}

function openJob(job) {
  const list = h("a", { href: addressOf(job.listId, "delete") }, h("bdi", null, job.listName));
  if (job.state === "running") return h("p", null, "A deletion is running in ", list, ".");
  const isUnknown = job.batches.some(({ state }) => state === "unknown");
  const rest = isUnknown ? ", and it is not known what was done." : " before everything was deleted.";
  return h("p", null, "A deletion was stopped in ", list, rest);
}

export function showHeader(route, leave, another) {
  const top = h(
    "div",
    { class: "top" },
    h("p", { class: "brand" }, h("a", { href: "#/" }, "record-lists"), " console"),
  );
  if (!route) {
    fill(header, top);
    return;
  }
  const link = (href, text, isHere) => h("a", { href, "aria-current": isHere ? "page" : null }, text);
  top.append(
    h(
      "nav",
      { "aria-label": "Console" },
      link("#/", "Record lists", route.view === "home"),
      link("#/deletions", "Deletions", route.view === "deletions"),
      h(
        "a",
        { href: "../docs/", target: "_blank", rel: "noopener" },
        "API",
        h("span", { class: "unseen" }, " (opens in a new tab)"),
      ),
    ),
    h(
      "div",
      { class: "who", id: "who" },
      h("p", null, who()),
      h("button", { type: "button", id: "sign-out", class: "quiet", onclick: leave }, "Sign out"),
    ),
  );
  fill(header, session.kindOfSession() === "development" && banner(another), top, open);
}

function who() {
  const { who: client, account } = session.claims();
  if (!client && !account) return "Signed in";
  return ["Signed in", client && [" as ", h("bdi", null, client)], account && [", account ", h("bdi", null, account)]];
}

function banner(another) {
  return h(
    "div",
    { class: "banner", id: "development" },
    h("p", null, "This is a development start: you are signed in for the demo account."),
    h("button", { type: "button", class: "quiet", id: "sign-in-else", onclick: another }, "Sign in as someone else"),
  );
}
