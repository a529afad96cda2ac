// The screen that asks who one is.
import { fill, h, isBusy, setBusy } from "../parts/dom.js";
import { failureBox, field } from "../parts/elements.js";
import * as session from "../api/session.js";

export function signInView(sentence, signedIn) {
  const forms = [session.hasTokenEndpoint && clientForm(signedIn), tokenForm(signedIn)].filter(Boolean);
  const element = h(
    "div",
    { class: "sign-in" },
    h("h1", { tabindex: "-1" }, "Sign in"),
    sentence && h("p", { class: "notice", role: "status", id: "sign-in-message" }, sentence),
    forms,
    session.isDevelopment && demo(signedIn),
    h(
      "p",
      { class: "hint" },
      "What you type here stays in this page's memory. It is gone when you close or reload the page.",
    ),
  );
  return { title: "Sign in", element, focus: sentence ? undefined : forms[0].querySelector("input") };
}

function clientForm(signedIn) {
  const id = h("input", {
    id: "client-id",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    required: true,
  });
  const secret = h("input", { id: "client-secret", type: "password", autocomplete: "off", required: true });
  return form({
    id: "client-form",
    title: "With the id and secret of a client",
    content: [
      h("p", null, "Recommended: you stay signed in until you sign out. Whoever runs the service registers clients."),
      field("Client id", id),
      field("Client secret", secret),
    ],
    isPrimary: true,
    check: () =>
      id.value.trim() && secret.value
        ? null
        : [id.value.trim() ? secret : id, "Enter the id and the secret of the client."],
    act: () => session.signInAsClient(id.value.trim(), secret.value),
    signedIn,
  });
}

function tokenForm(signedIn) {
  const token = h("input", { id: "token", type: "password", autocomplete: "off", spellcheck: "false", required: true });
  return form({
    id: "token-form",
    title: "With an access token",
    content: field(
      "Access token",
      token,
      "Paste it with or without the word Bearer. When it ends, you need another one.",
    ),
    isPrimary: !session.hasTokenEndpoint,
    check: () => {
      if (!token.value.trim()) return [token, "Paste an access token."];
      return /^[\x21-\x7e]+$/.test(token.value.replace(/^\s*bearer\s+/i, "").replace(/\s+/g, ""))
        ? null
        : [token, "This is not an access token."];
    },
    act: () => session.signInWithToken(token.value),
    signedIn,
  });
}

function form({ id, title, content, isPrimary, check, act, signedIn }) {
  const place = h("div");
  const button = h("button", { type: "submit", class: isPrimary ? "primary" : null }, "Sign in");
  const submit = async (event) => {
    event.preventDefault();
    if (isBusy(button)) return;
    const fault = check();
    if (fault) {
      fill(place, h("p", { class: "notice error", role: "alert" }, fault[1]));
      fault[0].focus();
      return;
    }
    setBusy(button, true);
    fill(place);
    try {
      await act();
      signedIn();
    } catch (failure) {
      fill(place, failureBox(failure));
    } finally {
      setBusy(button, false);
    }
  };
  return h(
    "form",
    { id, class: "panel", novalidate: true, onsubmit: submit },
    h("h2", null, title),
    content,
    place,
    h("div", { class: "buttons" }, button),
  );
}

function demo(signedIn) {
  const place = h("div");
  const again = async () => {
    try {
      await session.signInForDevelopment();
      signedIn();
    } catch (failure) {
      fill(place, failureBox(failure));
    }
  };
  return h(
    "div",
    { class: "panel" },
    h("h2", null, "For the demo account"),
    place,
    h(
      "div",
      { class: "buttons" },
      h("button", { type: "button", id: "sign-in-demo", onclick: again }, "Sign in for the demo account"),
    ),
  );
}
