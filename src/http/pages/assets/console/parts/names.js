// The names of the lists, for what only has their ids.
import { getAll } from "../api/requests.js";

const CAP = 2000;

export const readLists = (options) =>
  getAll("record-lists", "record_lists", { query: { order_by: "created_at:desc" }, cap: CAP, ...options });

// A function from a list's id to its name; null for a list that was deleted, undefined if that is not known.
export async function readNames(signal) {
  const { items, isComplete } = await readLists({ signal });
  const names = new Map(items.map((list) => [list.id, list.name]));
  return (id) => names.get(id) ?? (isComplete ? null : undefined);
}
