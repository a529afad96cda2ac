// The home page: find a number, and the record lists below it.
import { h } from "../parts/dom.js";
import { findSection } from "./find.js";
import { listsSection } from "./lists.js";

export function homeView() {
  const controller = new AbortController();
  const find = findSection(controller.signal);
  const element = h(
    "div",
    null,
    h("h1", { tabindex: "-1" }, "Record lists"),
    find.element,
    listsSection(controller.signal),
  );
  return { title: "Record lists", element, focus: find.input, stop: () => controller.abort() };
}
