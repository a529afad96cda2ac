// The check before a deletion, and the deletion itself: batch after batch, each carried out once.
import { dryRun, get, listPath } from "../api/requests.js";
import { freshKey, write } from "../api/writes.js";

const BATCH = 100;

// The deletion of each list that is running, or that has ended and is still shown: list id -> job.
export const jobs = new Map();

let whenChanged = () => {};

// Calls the listener when a deletion begins or ends.
export const onJobs = (listener) => {
  whenChanged = listener;
};

const pathOf = (listId) => `${listPath(listId)}/records/bulks/delete`;

function batchesOf(items) {
  return Array.from({ length: Math.ceil(items.length / BATCH) }, (_, place) =>
    items.slice(place * BATCH, (place + 1) * BATCH),
  );
}

// How many records, in the response to a batch; servers of the published form only say how many identifiers.
const recordsIn = (body) => body.total_records_deleted ?? body.total_deleted;

// The failed identifiers of a response, with what was typed.
function failuresIn(body, items) {
  return body._embedded.failed_records.map((failed) => {
    const item = items[failed.index] ?? items.find(({ body: sent }) => Object.values(sent).includes(failed.id));
    return {
      item,
      text: item?.text ?? failed.id,
      code: failed.code,
      message: failed.message ?? "It failed; the service does not say why.",
    };
  });
}

// What deleting these would do. Nothing is deleted.
export async function check(listId, items, { signal, report }) {
  const result = { matched: 0, records: 0, failures: [], matchedItems: [], isExact: items.length <= BATCH };
  let done = 0;
  for (const batch of batchesOf(items)) {
    const onWait = (seconds) => report(done, seconds);
    const body = await dryRun(
      pathOf(listId),
      batch.map((item) => item.body),
      { signal, onWait },
    );
    const failures = failuresIn(body, batch);
    const failed = new Set(failures.map((failure) => failure.item));
    result.matched += body.total_deleted;
    result.records += recordsIn(body);
    result.failures.push(...failures);
    result.matchedItems.push(...batch.filter((item) => !failed.has(item)));
    done += batch.length;
    report(done, 0);
  }
  return result;
}

// The people that some identifiers match, each once.
export async function peopleOf(listId, items, signal) {
  const people = new Map();
  let more = 0;
  for (const { body } of items) {
    if (body.id) {
      const record = await get(`${listPath(listId)}/records/${encodeURIComponent(body.id)}`, { signal });
      people.set(record.id, record);
    } else {
      const page = await get(`${listPath(listId)}/records`, { query: { ...body, per_page: 50 }, signal });
      page._embedded.records.forEach((record) => people.set(record.id, record));
      if (page._links.next) more += (page.total ?? 0) - page._embedded.records.length;
    }
  }
  return { people: [...people.values()], more };
}

// A batch is `waiting`, `sending`, `done`, `refused` (nothing was done), or `unknown`.
// A job is `running`, `done`, or `stopped`; it is open as long as something may still be going on.
export function startJob(listId, listName, kind, items, faulty) {
  const job = {
    listId,
    listName,
    kind,
    faulty,
    total: items.length,
    batches: batchesOf(items).map((batch) => ({ items: batch, key: freshKey(), state: "waiting" })),
    state: "running",
    wait: 0,
    isStopping: false,
    listener: () => {},
    get isOpen() {
      return this.state === "running" || this.batches.some((batch) => batch.state === "unknown");
    },
  };
  jobs.set(listId, job);
  goOn(job);
  return job;
}

// Sends what is left. The keys stay, so a batch that was carried out without our knowing is not carried out again.
export async function goOn(job) {
  job.state = "running";
  job.isStopping = false;
  whenChanged();
  for (const batch of job.batches.filter(({ state }) => state !== "done")) {
    if (job.isStopping) break;
    await sendBatch(job, batch);
    if (batch.state !== "done") break;
  }
  job.state = job.batches.every(({ state }) => state === "done") ? "done" : "stopped";
  job.listener();
  whenChanged();
}

async function sendBatch(job, batch) {
  const wasUnknown = batch.state === "unknown";
  batch.state = "sending";
  job.listener();
  const onWait = (seconds) => {
    job.wait = seconds;
    job.listener();
  };
  const body = batch.items.map((item) => item.body);
  const result = await write("POST", pathOf(job.listId), { body, key: batch.key, onWait, wasUnknown });
  batch.state = result.outcome;
  batch.failure = result.failure;
  if (result.outcome !== "done") return;
  batch.records = recordsIn(result.answer.body);
  batch.matched = result.answer.body.total_deleted;
  batch.failures = failuresIn(result.answer.body, batch.items);
  batch.operationId = result.answer.headers.get("Operation-Id");
}

// What a job has come to so far.
export function summary(job) {
  const inState = (...states) => job.batches.filter(({ state }) => states.includes(state));
  const itemsOf = (batches) => batches.flatMap((batch) => batch.items);
  const done = inState("done");
  return {
    records: done.reduce((sum, batch) => sum + batch.records, 0),
    matched: done.reduce((sum, batch) => sum + batch.matched, 0),
    failures: [...job.faulty, ...done.flatMap((batch) => batch.failures)],
    operations: done.map((batch) => batch.operationId).filter(Boolean),
    done: itemsOf(done),
    unknown: itemsOf(inState("unknown")),
    unsent: itemsOf(inState("waiting", "refused")),
    failure: inState("unknown", "refused")[0]?.failure,
  };
}
