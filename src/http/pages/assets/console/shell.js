// The header: where to go, who is signed in.
import { fill, h } from "./dom.js";
import * as session from "./session.js";

const header = document.getElementById("header");

export function showHeader(route, leave, another) {
  const top = h("div", { class: "top" }, h("p", { class: "brand" }, h("a", { href: "#/" }, "record-lists"), " console"));
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
      "docs" in document.body.dataset && h("a", { href: "../docs/" }, "API"),
    ),
    h("div", { class: "who", id: "who" }, h("p", null, who()), h("button", { type: "button", id: "sign-out", class: "quiet", onclick: leave }, "Sign out")),
  );
  fill(header, session.kindOfSession() === "development" && banner(another), top);
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
