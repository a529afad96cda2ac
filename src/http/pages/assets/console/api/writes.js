// Sends a write so that it is carried out once, or says that this is not known.
import { waitWords } from "./failure.js";
import { pause, send, waitAfter } from "./requests.js";
import * as session from "./session.js";

const TRIES = 5;
const TIMEOUT = 30_000;

// `crypto.randomUUID` is missing where the page came over plain HTTP from another machine.
export function freshKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `console-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

// The outcome is `done` with the answer; `refused`: nothing was done; or `unknown`: send it again with the same key.
// `wasUnknown` says that an earlier call ended so: then only an answer of success can end the doubt.
// `expects` says whether an answer is one of success: any other leaves the doubt. `life` is that of the sign-in.
// `signal` ends a try at once; `enough` ends a wait, and lets a try that is under way end by itself.
export async function write(
  method,
  path,
  { body, key, expects, onWait, signal, enough, wasUnknown = false, life = session.life() },
) {
  const headers = { "Idempotency-Key": key };
  let isUnknown = wasUnknown;
  for (let tried = 1; ; tried += 1) {
    try {
      const answer = await send(method, path, { body, headers, expects, signal, timeout: TIMEOUT, life });
      return { outcome: "done", answer };
    } catch (failure) {
      isUnknown ||= leavesDoubt(failure);
      const ended = { outcome: isUnknown ? "unknown" : "refused", failure };
      if (!isWorthAnotherTry(failure) || tried === TRIES || enough?.aborted) return ended;
      const seconds = waitAfter(failure, tried);
      onWait?.(waitWords(seconds, failure));
      try {
        await pause(seconds, { signal: AbortSignal.any([signal, enough].filter(Boolean)), life });
      } catch (stopped) {
        return { ...ended, failure: enough?.aborted && !life.aborted ? failure : stopped };
      } finally {
        onWait?.("");
      }
    }
  }
}

// Whether the request may have been carried out although it failed.
function leavesDoubt({ kind, status, code, wasSent }) {
  if (!wasSent) return false;
  if (kind !== "answer") return true;
  if (status === 503) return code === "OUTCOME_UNKNOWN" || code === undefined;
  return status >= 500 || status === 408 || code === "IDEMPOTENCY_KEY_IN_USE";
}

function isWorthAnotherTry({ kind, status, code }) {
  return (
    kind === "offline" ||
    kind === "odd" ||
    [408, 429, 502, 503, 504].includes(status) ||
    code === "IDEMPOTENCY_KEY_IN_USE"
  );
}
