// Requests to the API. Reads are tried again by themselves; writes are in writes.js.
import { Failure, failureOf, offline } from "./failure.js";
import * as session from "./session.js";

const READ_TRIES = 5;
const READ_TIMEOUT = 60_000;
const LONGEST_WAIT = 60;

export async function get(path, { query, signal, onWait } = {}) {
  return readAgain(() => send("GET", path, { query, signal, timeout: READ_TIMEOUT }), { signal, onWait });
}

// A dry run only reads, so it is tried again like a read.
export async function dryRun(path, body, { signal, onWait } = {}) {
  const query = { dry_run: "true" };
  return readAgain(() => send("POST", path, { query, body, signal, timeout: READ_TIMEOUT }), { signal, onWait });
}

async function readAgain(attempt, { signal, onWait }) {
  for (let tried = 1; ; tried += 1) {
    try {
      return (await attempt()).body;
    } catch (failure) {
      const isBusy = failure.status === 429 || failure.status === 503;
      if (!isBusy || tried === READ_TRIES) throw failure;
      const seconds = waitAfter(failure, tried);
      onWait?.(seconds);
      await pause(seconds, signal);
      onWait?.(0);
    }
  }
}

// Waits grow, unless the service says how long.
export const waitAfter = (failure, tried) =>
  Math.min(LONGEST_WAIT, Math.max(failure.retryAfter ?? 0, 2 ** (tried - 1)));

export function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new Failure("stopped"));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, seconds * 1000);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}

// One request; a 401 is tried once more where a new token can be had.
export async function send(method, path, { query, body, headers, signal, timeout }) {
  for (let isFirst = true; ; isFirst = false) {
    const token = await session.currentToken();
    const { response, text } = await exchange(method, path, { query, body, headers, signal, timeout, token });
    const parsed = parse(text);
    if (response.ok) {
      if (text !== "" && parsed === null) throw offline();
      return { status: response.status, headers: response.headers, body: parsed };
    }
    if (response.status !== 401) throw failureOf(response, parsed);
    if (isFirst && (await session.recover(token))) continue;
    session.end();
    throw new Failure("ended");
  }
}

async function exchange(method, path, { query, body, headers, signal, timeout, token }) {
  const controller = new AbortController();
  const stop = () => controller.abort();
  const timer = setTimeout(stop, timeout);
  if (signal?.aborted) stop();
  signal?.addEventListener("abort", stop, { once: true });
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
      signal: controller.signal,
    });
    return { response, text: await response.text() };
  } catch {
    throw signal?.aborted ? new Failure("stopped") : offline();
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
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
  const items = [];
  let next = { per_page: 200, ...query };
  while (next && items.length < cap) {
    const page = await get(path, { query: next, signal, onWait });
    items.push(...page._embedded[name]);
    next = queryOf(page._links.next);
  }
  return { items: items.slice(0, cap), isComplete: !next && items.length <= cap };
}
