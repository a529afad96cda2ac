// Looks a number up in all lists of the account.
import { get, getAll, listPath } from "../api/requests.js";

const AT_A_TIME = 4;
const PEOPLE = 200;

// Calls `report` with what is known so far. Lists that could not be searched are in `failed`, never counted as searched.
export async function search(number, { signal, report }) {
  const state = { lists: null, searched: 0, found: [], failed: [], wait: "" };
  const tell = () => report(state);
  const onWait = (words) => {
    state.wait = words;
    tell();
  };
  tell();
  const { items } = await getAll("record-lists", "record_lists", { signal, onWait });
  state.lists = items;
  tell();
  const waitingLists = items.entries();
  const worker = async () => {
    for (const [place, list] of waitingLists) {
      await searchOne(state, place, list, number, { signal, onWait });
      tell();
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
  state.found.sort((a, b) => a.place - b.place);
  return state;
}

async function searchOne(state, place, list, number, { signal, onWait }) {
  try {
    const page = await get(`${listPath(list.id)}/records`, {
      query: { phone_number: number, per_page: PEOPLE },
      items: "records",
      signal,
      onWait,
    });
    const records = page._embedded.records;
    if (records.length > 0)
      state.found.push({
        place,
        list,
        records,
        total: page.total ?? records.length,
        hasMore: Boolean(page._links.next),
      });
    state.searched += 1;
  } catch (failure) {
    if (failure.kind === "stopped" || failure.kind === "ended") throw failure;
    // A list that was deleted meanwhile is not one of the lists any more.
    if (failure.status === 404) state.lists = state.lists.filter((other) => other.id !== list.id);
    else state.failed.push({ list, failure });
  }
}
