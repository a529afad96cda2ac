// Starts the console: signs in, and shows the view that the address names.
import { fill, h } from "./parts/dom.js";
import { deletionsView } from "./views/deletions.js";
import { homeView } from "./views/home.js";
import { forgetJob, jobs, onJobs } from "./deletion/bulk-delete.js";
import { ask } from "./parts/dialog.js";
import { forgetDrafts } from "./parts/drafts.js";
import { listView } from "./views/list.js";
import { failureBox, loading } from "./parts/elements.js";
import { routeOf } from "./parts/router.js";
import * as session from "./api/session.js";
import { showHeader, showOpenJobs } from "./parts/shell.js";
import { signInView } from "./views/sign-in.js";

const main = document.getElementById("main");
const ENDED = "Your sign-in has ended. Sign in again to go on.";

let current = null;
let lastAccount;

const VIEWS = { home: homeView, deletions: deletionsView, list: listView, nowhere: nowhereView };

function nowhereView() {
  const element = h(
    "div",
    null,
    h("h1", { tabindex: "-1" }, "There is no such page"),
    h("p", null, h("a", { href: "#/" }, "Go to the record lists")),
  );
  return { title: "There is no such page", element };
}

function showRoute() {
  if (!session.isSignedIn()) return;
  const route = routeOf(window.location.hash);
  showHeader(route, leave, another);
  if (current?.update?.(route)) return;
  place(VIEWS[route.view](route, setTitle));
}

// Puts a view in the page. Its heading, or what it names, gets the focus.
function place(view) {
  current?.stop?.();
  current = view;
  fill(main, view.element);
  setTitle(view.title);
  window.scrollTo(0, 0);
  (view.focus ?? main.querySelector("h1") ?? main).focus({ preventScroll: true });
}

function setTitle(title) {
  document.title = `${title} – record-lists console`;
}

function askToSignIn(sentence) {
  showHeader(null);
  place(signInView(sentence, signedIn));
}

// What was kept for one account is not shown to another, nor to one of which it is not known which it is.
function signedIn() {
  const { account } = session.claims();
  if (account === undefined || account !== lastAccount) forgetEverything();
  lastAccount = account;
  current = null;
  showRoute();
}

function forgetEverything() {
  for (const job of jobs.values()) {
    job.listener = () => {};
    forgetJob(job);
  }
  forgetDrafts();
}

const leave = () => signOutTo("#/", "You have signed out.");
const another = () => signOutTo(window.location.hash, null);

async function signOutTo(hash, sentence) {
  if (hasOpenJob() && !(await askToLeave())) return;
  session.signOut();
  closeDialogs();
  forgetEverything();
  lastAccount = undefined;
  window.history.replaceState(null, "", hash || "#/");
  askToSignIn(sentence);
}

const closeDialogs = () => document.querySelectorAll("dialog").forEach((dialog) => dialog.close());

const hasOpenJob = () => [...jobs.values()].some((job) => job.isOpen);

const askToLeave = () =>
  ask({
    id: "leave-dialog",
    title: "Sign out?",
    content: h(
      "p",
      null,
      "A deletion has not ended. If you sign out, the rest is not sent, and this page forgets what was.",
    ),
    action: "Sign out",
    isDangerous: true,
    act: async () => {},
  });

// On a development start, nobody is asked who they are.
async function startDevelopment() {
  fill(main, loading("Signing in for the demo account…"));
  try {
    await session.signInForDevelopment();
  } catch (failure) {
    if (failure.kind === "offline") fill(main, failureBox(failure, startDevelopment));
    else askToSignIn(null);
    return;
  }
  signedIn();
}

window.addEventListener("hashchange", showRoute);
onJobs(() => showOpenJobs(jobs.values()));
document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
window.addEventListener("beforeunload", (event) => {
  if (hasOpenJob()) event.preventDefault();
});
session.onEnd(() => {
  closeDialogs();
  askToSignIn(ENDED);
});

if (session.isDevelopment) startDevelopment();
else askToSignIn(null);
