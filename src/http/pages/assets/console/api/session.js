// Who is signed in. Tokens and secrets are kept in this module's memory only: they are gone when the page is.
import { Failure, offline } from "./failure.js";

export const isDevelopment = "development" in document.body.dataset;
export const hasTokenEndpoint = "tokenEndpoint" in document.body.dataset;

// So long before its end, a token is replaced.
const MARGIN = 60_000;
const TOKEN_TIMEOUT = 10_000;

// `renew` gets the next token; absent where a person pasted one. `kind`: `development`, `client` or `token`.
let source = null;
let token = null;
let endsAt = Infinity;
let living = new AbortController();
let whenEnded = () => {};

export const onEnd = (listener) => {
  whenEnded = listener;
};

export const isSignedIn = () => source !== null;
export const kindOfSession = () => source?.kind;

// Aborted when this sign-in ends. What began in one sign-in never goes on with the token of another.
export const life = () => living.signal;

export function signOut() {
  [source, token, endsAt] = [null, null, Infinity];
  living.abort();
  living = new AbortController();
}

// The token is tried once, so that a wrong one is noticed here.
export async function signInWithToken(pasted) {
  const value = pasted.replace(/^\s*bearer\s+/i, "").replace(/\s+/g, "");
  const headers = { Authorization: `Bearer ${value}` };
  const { response } = await reach("../record-lists?per_page=1", { headers });
  if (response.status === 401) {
    throw new Failure("answer", {
      message: "The service does not accept this token.",
      description: "It may have ended, or be for another service. Paste a new one.",
    });
  }
  signOut();
  token = value;
  source = { kind: "token" };
}

export async function signInAsClient(id, secret) {
  await start({ kind: "client", renew: () => clientToken(id, secret) });
}

export async function signInForDevelopment() {
  await start({ kind: "development", renew: developmentToken });
}

async function start(candidate) {
  const got = await candidate.renew();
  signOut();
  source = candidate;
  keep(got);
}

function keep({ access_token: value, expires_in: seconds }) {
  token = value;
  endsAt = seconds ? Date.now() + seconds * 1000 : Infinity;
}

// The token to send now, for the sign-in whose `life` this is.
export async function currentToken(life) {
  if (source?.renew && !life.aborted && Date.now() > endsAt - MARGIN) await renew();
  if (!source || life.aborted) throw new Failure("ended");
  return token;
}

// After a 401 for `refused`: true if there is another token to try. Otherwise, the sign-in has ended.
export async function recover(refused, life) {
  if (!source || life.aborted) return false;
  if (token === refused && source.renew) await renew();
  return !life.aborted && token !== refused;
}

export function end(life) {
  if (!source || life.aborted) return;
  signOut();
  whenEnded();
}

// Requests at the same time wait for the same new token.
async function renew() {
  const asking = source;
  const { signal } = living;
  asking.renewal ??= asking.renew().finally(() => {
    asking.renewal = null;
  });
  try {
    const got = await asking.renewal;
    if (source === asking) keep(got);
  } catch (failure) {
    if (failure.kind !== "answer" || failure.status === 429 || failure.status >= 500) throw failure;
    end(signal);
    throw new Failure("ended");
  }
}

const clientToken = (id, secret) =>
  ask(
    "../oauth/token",
    new URLSearchParams({ grant_type: "client_credentials", client_id: id, client_secret: secret }),
  );

const developmentToken = () => ask("../docs/token");

// Without credentials of the browser, it asks for no name and password of its own.
async function reach(url, options) {
  const signal = AbortSignal.timeout(TOKEN_TIMEOUT);
  try {
    const response = await fetch(url, { ...options, credentials: "omit", cache: "no-store", signal });
    return { response, text: await response.text() };
  } catch {
    throw offline();
  }
}

async function ask(url, body) {
  const { response, text } = await reach(url, { method: "POST", body });
  const answer = parse(text);
  if (response.ok && typeof answer?.access_token === "string") return answer;
  throw new Failure("answer", {
    status: response.ok ? 502 : response.status,
    message: response.status === 401 ? "The client id or the client secret is wrong." : "The service gave no token.",
    description: response.status === 401 ? undefined : (answer?.error_description ?? answer?.message),
    requestId: response.headers.get("X-Request-Id") ?? undefined,
  });
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

// What the token says of itself, to show it. Nothing is decided by it; an empty object if it cannot be read.
// The service says which members of the tokens of others it reads; its own have the usual ones.
export function claims() {
  try {
    const [header, said] = token.split(".").slice(0, 2).map(decoded);
    const isOwn = typeof header.kid === "string" && header.kid.startsWith("record-lists-");
    const { accountClaim = "account_id", clientClaims = "client_id" } = isOwn ? {} : document.body.dataset;
    const text = (names) => names.map((name) => said[name]).find((value) => typeof value === "string" && value !== "");
    return { who: text(clientClaims.split(",")), account: text([accountClaim]) };
  } catch {
    return {};
  }
}

function decoded(part) {
  const bytes = Uint8Array.from(atob(part.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}
