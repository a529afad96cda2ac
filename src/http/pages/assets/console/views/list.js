// One list: its name, how many records it has, and three tabs.
import { get, listPath } from "../api/requests.js";
import { announce, fill, h } from "../parts/dom.js";
import { jobs } from "../deletion/bulk-delete.js";
import { deletePart, jobPart } from "../deletion/delete-records.js";
import { deletionsPart } from "./deletions.js";
import { deleteList } from "./list-dialogs.js";
import { failureBox, loading, name } from "../parts/elements.js";
import { recordsPart } from "./records.js";
import { addressOf } from "../parts/router.js";
import { count, duplicates, status } from "../parts/words.js";

const TABS = { records: "Records", delete: "Delete records", deletions: "Deletions" };

export function listView(route, setTitle) {
  const controller = new AbortController();
  const { signal } = controller;
  const element = h("div", null, h("h1", { tabindex: "-1" }, "Record list"), loading("Reading the list…"));
  let page = null;

  const load = async () => {
    try {
      const list = await get(listPath(route.id), { signal });
      page = listPage(list, signal, setTitle);
      const hadFocus = element.contains(document.activeElement);
      fill(element, page.element);
      page.open(route.tab);
      if (hadFocus || document.activeElement === document.body)
        element.querySelector("h1").focus({ preventScroll: true });
    } catch (failure) {
      if (failure.kind === "stopped" || failure.kind === "ended") return;
      const isGone = failure.status === 404 || failure.status === 400;
      if (isGone) await showGone(element, route.id, signal, setTitle);
      else fill(element, h("h1", { tabindex: "-1" }, "Record list"), failureBox(failure, load));
    }
  };
  load();

  return {
    title: "Record list",
    element,
    stop: () => controller.abort(),
    update(next) {
      if (next.view !== "list" || next.id !== route.id) return false;
      route = next;
      page?.open(next.tab);
      return true;
    },
  };
}

// A list that is not there. If it was deleted, the service still knows when and by whom.
async function showGone(element, id, signal, setTitle) {
  const back = h("p", null, h("a", { href: "#/" }, "Back to the record lists"));
  let wasThere = false;
  try {
    wasThere =
      (await get(`${listPath(id)}/deletions`, { query: { per_page: 1 }, items: "deletions", signal }))._embedded.deletions
        .length > 0;
  } catch {
    // Then there is nothing more to say.
  }
  if (signal.aborted) return;
  const title = wasThere ? "This list was deleted" : "There is no such list";
  setTitle(title);
  const heading = h("h1", { tabindex: "-1" }, title);
  fill(
    element,
    heading,
    !wasThere && h("p", null, "It may have been deleted, or it belongs to another account."),
    back,
    jobs.has(id) && jobPart(id, heading),
    wasThere && [h("h2", null, "Its deletions"), deletionsPart(id, signal)],
  );
  heading.focus({ preventScroll: true });
}

function listPage(list, signal, setTitle) {
  const facts = h("p", { class: "facts", id: "list-facts" });
  const heading = h("h1", { tabindex: "-1", id: "list-title" }, name(list.name));
  const panels = Object.keys(TABS).map((key) =>
    h("div", { role: "tabpanel", id: `panel-${key}`, "aria-labelledby": `tab-${key}`, hidden: true }),
  );
  const tabs = Object.entries(TABS).map(([key, text]) =>
    h("button", { type: "button", role: "tab", id: `tab-${key}`, "aria-controls": `panel-${key}` }, text),
  );

  const showFacts = () =>
    fill(
      facts,
      h("span", { id: "list-count" }, count(list.records_count, "record")),
      " · ",
      status(list.status),
      ` · ${duplicates(list.unique_identifier_type)}`,
    );
  const recount = async () => {
    try {
      list = await get(listPath(list.id), { signal });
      showFacts();
    } catch {
      // The number of before stays; what was deleted is said elsewhere.
    }
  };
  const parts = {
    records: () => recordsPart(list, signal, recount),
    delete: () => deletePart(list, signal, recount),
    deletions: () => deletionsPart(list.id, signal),
  };

  const open = (wanted) => {
    for (const [place, key] of Object.keys(TABS).entries()) {
      const isOpen = key === wanted;
      tabs[place].setAttribute("aria-selected", String(isOpen));
      tabs[place].tabIndex = isOpen ? 0 : -1;
      panels[place].hidden = !isOpen;
      // Read anew each time, as the other tabs may have changed it.
      fill(panels[place], isOpen && parts[key]());
    }
    setTitle(wanted === "records" ? list.name : `${TABS[wanted]} – ${list.name}`);
  };

  const go = (place) => {
    tabs[place].focus();
    window.location.hash = addressOf(list.id, Object.keys(TABS)[place]);
  };
  const move = (event) => {
    const here = tabs.indexOf(event.target);
    const last = tabs.length - 1;
    const target = {
      ArrowRight: here === last ? 0 : here + 1,
      ArrowLeft: here === 0 ? last : here - 1,
      Home: 0,
      End: last,
    }[event.key];
    if (here < 0 || target === undefined) return;
    event.preventDefault();
    go(target);
  };
  tabs.forEach((tab, place) => tab.addEventListener("click", () => go(place)));

  const remove = async () => {
    if (!(await deleteList(list))) return;
    window.location.hash = "#/";
    announce(`The list ${list.name} was deleted.`);
  };
  showFacts();
  const element = [
    h("p", { class: "crumbs" }, h("a", { href: "#/" }, "Record lists")),
    h(
      "div",
      { class: "heading" },
      heading,
      h(
        "button",
        { type: "button", id: "delete-list", class: "quiet danger-text", onclick: remove },
        "Delete the list…",
      ),
    ),
    facts,
    h("div", { role: "tablist", "aria-label": "Parts of the list", class: "tabs", onkeydown: move }, tabs),
    panels,
  ];
  return { element, open };
}
