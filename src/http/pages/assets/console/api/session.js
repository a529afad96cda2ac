// Who is signed in. Tokens and secrets are kept in this module's memory only: they are gone when the page is.
import { Failure, offline } from "./failure.js";

export const isDevelopment = "development" in document.body.dataset;
export const hasTokenEndpoint = "tokenEndpoint" in document.body.dataset;

// So long before its end, a token is replaced.
const MARGIN = 60_000;

// `renew` gets the next token; absent where a person pasted one. `kind`: `development`, `client` or `token`.
let source = null;
let token = null;
let endsAt = Infinity;
let renewal = null;
let whenEnded = () => {};

export const onEnd = (listener) => {
  whenEnded = listener;
};

export const isSignedIn = () => source !== null;
export const kindOfSession = () => source?.kind;

export function signOut() {
  [source, token, endsAt, renewal] = [null, null, Infinity, null];
}

// The token is tried once, so that a wrong one is noticed here.
export async function signInWithToken(pasted) {
  const value = pasted.replace(/^\s*bearer\s+/i, "").replace(/\s+/g, "");
  const headers = { Authorization: `Bearer ${value}` };
  const response = await reach("../record-lists?per_page=1", { headers });
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

// The token to send now.
export async function currentToken() {
  if (!source) throw new Failure("ended");
  if (source.renew && Date.now() > endsAt - MARGIN) await renew();
  return token;
}

// After a 401 for `refused`: true if there is another token to try. Otherwise, the sign-in has ended.
export async function recover(refused) {
  if (!source) return false;
  if (token !== refused) return true;
  if (source.renew) {
    await renew();
    return token !== refused;
  }
  end();
  return false;
}

export function end() {
  if (!source) return;
  signOut();
  whenEnded();
}

// Requests at the same time wait for the same new token.
async function renew() {
  const asking = source;
  renewal ??= asking.renew().finally(() => {
    renewal = null;
  });
  try {
    const got = await renewal;
    if (source === asking) keep(got);
  } catch (failure) {
    if (failure.kind !== "answer" || failure.status === 429 || failure.status >= 500) throw failure;
    if (source === asking) end();
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
  try {
    return await fetch(url, { ...options, credentials: "omit", cache: "no-store" });
  } catch {
    throw offline();
  }
}

async function ask(url, body) {
  const response = await reach(url, { method: "POST", body });
  const answer = await response.json().catch(() => null);
  if (response.ok && typeof answer?.access_token === "string") return answer;
  throw new Failure("answer", {
    status: response.status,
    message: response.status === 401 ? "The client id or the client secret is wrong." : "The service gave no token.",
    description: response.status === 401 ? undefined : (answer?.error_description ?? answer?.message),
    requestId: response.headers.get("X-Request-Id") ?? undefined,
  });
}

// What the token says of itself, to show it. Nothing is decided by it; an empty object if it cannot be read.
export function claims() {
  try {
    const bytes = Uint8Array.from(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")), (c) =>
      c.charCodeAt(0),
    );
    const said = JSON.parse(new TextDecoder().decode(bytes));
    const text = (...names) =>
      names.map((name) => said[name]).find((value) => typeof value === "string" && value !== "");
    return {
      who: text("client_id", "azp", "cid", "appid", "sub"),
      account: text("account_id", "account", "tenant", "tid", "org_id"),
    };
  } catch {
    return {};
  }
}
