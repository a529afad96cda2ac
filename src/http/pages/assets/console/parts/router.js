// What the part of the address behind # stands for. It holds ids of lists, never numbers or names.

const TABS = { undefined: "records", delete: "delete", deletions: "deletions" };

export function routeOf(hash) {
  const [first, id, tab, ...rest] = hash.replace(/^#?\/?/, "").split("/");
  if (first === "" && id === undefined) return { view: "home" };
  if (first === "deletions" && id === undefined) return { view: "deletions" };
  if (first === "lists" && id && tab in TABS && rest.length === 0)
    return { view: "list", id: decode(id), tab: TABS[tab] };
  return { view: "nowhere" };
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function addressOf(id, tab = "records") {
  return `#/lists/${encodeURIComponent(id)}${tab === "records" ? "" : `/${tab}`}`;
}
