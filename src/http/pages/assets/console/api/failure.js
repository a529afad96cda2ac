// Why a request did not succeed. `kind` is one of:
// `answer` (the service said no), `odd` (an answer that is not understood), `offline` (no answer),
// `ended` (the sign-in has ended), `stopped` (nobody waits any more).
// `wasSent` says that the request was on its way, so that it may have been carried out.
export class Failure extends Error {
  constructor(kind, { status, code, message, description, fields, requestId, retryAfter, wasSent } = {}) {
    super(message ?? kind);
    Object.assign(this, { kind, status, code, description, fields: fields ?? [], requestId, retryAfter, wasSent });
  }
}

export const offline = ({ wasSent = false } = {}) =>
  new Failure("offline", {
    wasSent,
    message: "The service cannot be reached.",
    description: "Check that this computer is online and that the service is running, then try again.",
  });

// A success without what it should say, as from a proxy.
export const odd = (headers) =>
  new Failure("odd", {
    wasSent: true,
    message: "The answer of the service is not understood.",
    description: "Something between this page and the service may have changed it. Try again.",
    requestId: headers?.get("X-Request-Id") ?? undefined,
  });

const BY_STATUS = {
  413: "That is too big for one request.",
  429: "Too many requests at the moment.",
  431: "That is too long for one request.",
};

// The failure that a response stands for; `body` is null where it is not JSON, as from a proxy.
export function failureOf(response, body) {
  const { status, headers } = response;
  const seconds = Number.parseInt(headers.get("Retry-After") ?? "", 10);
  return new Failure("answer", {
    wasSent: true,
    status,
    code: body?.code,
    message: body?.message ?? BY_STATUS[status] ?? `The service answered with status ${status}.`,
    description: body?.description,
    fields: Array.isArray(body?.fields) ? body.fields : [],
    requestId: headers.get("X-Request-Id") ?? undefined,
    retryAfter: Number.isNaN(seconds) ? undefined : seconds,
  });
}

// Why there is a wait before the next try, and how long it is.
export function waitWords(seconds, { kind, status }) {
  const isBusy = status === 429 || status === 503;
  const reason = isBusy
    ? "the service is busy"
    : kind === "offline"
      ? "the service cannot be reached"
      : "the service gave no clear answer";
  return `${reason}; trying again in ${seconds} s`;
}
