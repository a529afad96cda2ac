// Requests to the API. Reads are tried again by themselves; writes are in writes.js.
import { Failure, failureOf, odd, offline, waitWords } from "./failure.js";
import * as session from "./session.js";

const READ_TRIES = 5;
const READ_TIMEOUT = 60_000;
const LONGEST_WAIT = 60;

// `items` names the collection that the answer must have.
export async function get(path, { query, items, signal, onWait, life = session.life() } = {}) {
  const expects = (body) => isObject(body) && (!items || isPage(body, items));
  return readAgain(() => send("GET", path, { query, expects, signal, timeout: READ_TIMEOUT, life }), {
    signal,
    onWait,
    life,
  });
}

// A dry run only reads, so it is tried again like a read.
export async function dryRun(path, body, { expects, signal, onWait, life = session.life() } = {}) {
  const query = { dry_run: "true" };
  return readAgain(() => send("POST", path, { query, body, expects, signal, timeout: READ_TIMEOUT, life }), {
    signal,
    onWait,
    life,
  });
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

const isPage = (body, items) => Array.isArray(body._embedded?.[items]) && isObject(body._links);

async function readAgain(attempt, { signal, onWait, life }) {
  for (let tried = 1; ; tried += 1) {
    try {
      return (await attempt()).body;
    } catch (failure) {
      const isBusy = failure.status === 429 || failure.status === 503;
      if (!isBusy || tried === READ_TRIES) throw failure;
      const seconds = waitAfter(failure, tried);
      onWait?.(waitWords(seconds, failure));
      await pause(seconds, { signal, life });
      onWait?.("");
    }
  }
}

// Waits grow, unless the service says how long.
export const waitAfter = (failure, tried) =>
  Math.min(LONGEST_WAIT, Math.max(failure.retryAfter ?? 0, 2 ** (tried - 1)));

// Ends at once when the sign-in ends or nobody waits any more.
export function pause(seconds, { signal, life }) {
  const both = AbortSignal.any([life, signal].filter(Boolean));
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new Failure(life.aborted ? "ended" : "stopped"));
    };
    const timer = setTimeout(() => {
      both.removeEventListener("abort", stop);
      resolve();
    }, seconds * 1000);
    if (both.aborted) stop();
    else both.addEventListener("abort", stop, { once: true });
  });
}

// One request of the sign-in whose `life` it is; a 401 is tried once more where a new token can be had.
// A success whose body is not as `expects` says is a failure.
export async function send(method, path, { query, body, headers, expects = () => true, signal, timeout, life }) {
  for (let isFirst = true; ; isFirst = false) {
    const token = await session.currentToken(life);
    if (signal?.aborted) throw new Failure("stopped");
    const { response, text } = await exchange(method, path, { query, body, headers, signal, timeout, token, life });
    const parsed = parse(text);
    if (response.ok) {
      if ((text !== "" && parsed === null) || !expects(parsed)) throw odd(response.headers);
      return { status: response.status, headers: response.headers, body: parsed };
    }
    if (response.status !== 401) throw failureOf(response, parsed);
    if (isFirst && (await session.recover(token, life))) continue;
    session.end(life);
    throw new Failure("ended");
  }
}

async function exchange(method, path, { query, body, headers, signal, timeout, token, life }) {
  try {
    const response = await fetch(addressOf(path, query), {
      method,
      headers: {
        Authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "omit",
      cache: "no-store",
      signal: AbortSignal.any([life, signal, AbortSignal.timeout(timeout)].filter(Boolean)),
    });
    const text = await response.text();
    // An answer that comes in the moment of the sign-out is for nobody.
    if (life.aborted) throw new Failure("ended");
    return { response, text };
  } catch {
    if (life.aborted) throw new Failure("ended", { wasSent: true });
    throw signal?.aborted ? new Failure("stopped", { wasSent: true }) : offline({ wasSent: true });
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function addressOf(path, query) {
  const parameters = new URLSearchParams(query ?? {}).toString();
  return `../${path}${parameters ? `?${parameters}` : ""}`;
}

export const listPath = (id) => `record-lists/${encodeURIComponent(id)}`;

// The parameters of a link to another page. Its host may be one that only the service knows, so that is left out.
export function queryOf(link) {
  return link ? Object.fromEntries(new URL(link.href, window.location.href).searchParams) : null;
}

// All items of a collection, page after page, up to `cap`.
export async function getAll(path, name, { query, cap = Infinity, signal, onWait } = {}) {
  const life = session.life();
  const items = [];
  let next = { per_page: 200, ...query };
  while (next && items.length < cap) {
    const page = await get(path, { query: next, items: name, signal, onWait, life });
    items.push(...page._embedded[name]);
    next = queryOf(page._links.next);
  }
  return { items: items.slice(0, cap), isComplete: !next && items.length <= cap };
}
