// Sends a write so that it is carried out once, or says that this is not known.
import { pause, send, waitAfter } from "./requests.js";

const TRIES = 5;
const TIMEOUT = 30_000;

// `crypto.randomUUID` is missing where the page came over plain HTTP from another machine.
export function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `console-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

// The outcome is `done` with the answer; `refused`: nothing was done; or `unknown`: send it again with the same key.
// `wasUnknown` says that an earlier call ended so: then only an answer of success can end the doubt.
export async function write(method, path, { body, key, onWait, wasUnknown = false }) {
  let isUnknown = wasUnknown;
  for (let tried = 1; ; tried += 1) {
    try {
      const answer = await send(method, path, { body, headers: { "Idempotency-Key": key }, timeout: TIMEOUT });
      return { outcome: "done", answer };
    } catch (failure) {
      isUnknown ||= leavesDoubt(failure);
      if (!isWorthAnotherTry(failure) || tried === TRIES)
        return { outcome: isUnknown ? "unknown" : "refused", failure };
      const seconds = waitAfter(failure, tried);
      onWait?.(seconds, failure);
      await pause(seconds);
      onWait?.(0);
    }
  }
}

// Whether the request may have been carried out although it failed.
function leavesDoubt({ kind, status, code }) {
  if (kind === "offline") return true;
  if (status === 503) return code === "OUTCOME_UNKNOWN" || code === undefined;
  return status >= 500 || code === "IDEMPOTENCY_KEY_IN_USE";
}

function isWorthAnotherTry({ kind, status, code }) {
  return kind === "offline" || [429, 502, 503, 504].includes(status) || code === "IDEMPOTENCY_KEY_IN_USE";
}
