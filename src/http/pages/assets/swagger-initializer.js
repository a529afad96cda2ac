// Starts Swagger UI. All URLs are relative, so that the page works behind a path prefix.

// The main operations come first; all others keep the order of the document.
const RECORDS = "/record-lists/{record_list_id}/records";
const LEADING = [`delete ${RECORDS}/bulks`, `post ${RECORDS}/bulks/delete`];

function rank(operation) {
  const place = LEADING.indexOf(`${operation.get("method")} ${operation.get("path")}`);
  return place < 0 ? LEADING.length : place;
}

// An empty body is sent too: the server's response says what to do, whereas a red frame does not.
const sendAnyBody = () => ({
  statePlugins: { oas3: { wrapSelectors: { validateBeforeExecute: () => () => true } } },
});

const tokenEndpoint = new URL("../oauth/token", window.location.href).href;

// Swagger UI takes the URL of the token endpoint for relative to the page, not to the document.
const getTokensBesideTheDocument = () => ({
  statePlugins: {
    auth: {
      wrapActions: {
        authorizeRequest: (original) => (request) => original({ ...request, url: tokenEndpoint }),
      },
    },
  },
});

// The word is part of the header, not of the token. The dialog has nothing more to say after it.
const takeTokens = () => ({
  statePlugins: {
    auth: {
      wrapActions: {
        authorize: (original, system) => (given) => {
          const bearer = given.bearer && { ...given.bearer, value: given.bearer.value.replace(/^\s*bearer\s+/i, "").trim() };
          const result = original(bearer ? { ...given, bearer } : given);
          system.authActions.showDefinitions(false);
          return result;
        },
        authorizeOauth2: (original, system) => (given) => {
          // The page keeps what it is given; a token ends, the secret would not.
          const result = original({ ...given, auth: { ...given.auth, clientSecret: "" } });
          system.authActions.showDefinitions(false);
          return result;
        },
      },
    },
  },
});

const count = (number, one, many) => `${number} ${number === 1 ? one : many}`;

// What became of a request, in one sentence; null where the status says it all.
function sentenceOf(status, text, isDryRun) {
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    return status === 204 ? "Done." : null;
  }
  if (body.code && body.message) {
    const hint = body.code === "UNAUTHENTICATED" ? "Press Authorize, above." : body.description;
    return [body.message, hint].filter(Boolean).join(" ");
  }
  if (body.total_errors === undefined) return null;
  const failed = body.total_errors;
  const done = [];
  const records = body.total_records_deleted ?? body.total_deleted;
  if (records !== undefined) done.push(`${count(records, "record", "records")} ${isDryRun ? "would be deleted" : "deleted"}`);
  if (records === undefined && body.total_updated === undefined) done.push(`${count(body.total_created, "record", "records")} created`);
  if (body.total_updated) done.push(`${count(body.total_updated, "record", "records")} updated`);
  const what = records === undefined ? ["record", "records"] : ["identifier", "identifiers"];
  if (failed) done.push(`${count(failed, ...what)} ${isDryRun ? "would fail" : "failed"}`);
  const first = body._embedded?.failed_records?.[0]?.message;
  return `${isDryRun ? "Dry run: " : ""}${done.join(", ")}${failed && first ? `: ${first}` : "."}`;
}

// Shows the sentence before the response, reads it out, and brings both into view.
const sayResponses = ({ React }) => ({
  wrapComponents: {
    liveResponse: (Original) => (props) => {
      const place = React.useRef(null);
      const { response } = props;
      React.useEffect(() => {
        place.current?.scrollIntoView({ block: "start" });
      }, [response]);
      const isDryRun = response?.getIn(["headers", "dry-run"]) === "true";
      const sentence = response && sentenceOf(response.get("status"), response.get("text"), isDryRun);
      return React.createElement(
        "div",
        { className: "live-answer", ref: place },
        React.createElement("p", { className: "sentence", role: "status" }, sentence),
        React.createElement(Original, props),
      );
    },
  },
});

// A part of a token as an object; an empty one where there is none.
function partOf(token, place) {
  try {
    return JSON.parse(atob(token.split(".")[place].replace(/-/g, "+").replace(/_/g, "/")));
  } catch {
    return {};
  }
}

// Whether the page has a token of earlier that is still good, such as one that a person pasted. `fresh` is one that is.
function hasGoodToken(fresh) {
  const { bearer, client } = window.ui.authSelectors.authorized().toJS();
  return [bearer?.value, client?.token?.access_token].some((token) => {
    const { kid } = partOf(token, 0);
    const isKnown = kid === partOf(fresh, 0).kid || kid?.startsWith("record-lists-");
    return isKnown && partOf(token, 1).exp * 1000 > Date.now();
  });
}

// On a development start, the page gets a token for the demo account, and can bring the demo records back.
async function useDevelopmentStart() {
  if (!("development" in document.body.dataset)) return;
  const answer = await fetch("token", { method: "POST" });
  if (!answer.ok) return;
  const { access_token: token } = await answer.json();
  if (!hasGoodToken(token)) window.ui.preauthorizeApiKey("bearer", token);
  document.getElementById("development").hidden = false;
  const restored = document.getElementById("restored");
  document.getElementById("restore").addEventListener("click", async () => {
    restored.textContent = "";
    const { ok } = await fetch("demo-records", { method: "POST" });
    restored.textContent = ok ? "The demo records are back." : "They could not be restored; try again.";
  });
}

window.ui = SwaggerUIBundle({
  url: "../openapi.json",
  dom_id: "#swagger-ui",
  onComplete: useDevelopmentStart,
  // Without the top bar of the default layout, which asks for the URL of another document.
  layout: "BaseLayout",
  // For a wrong secret, the browser would ask for a name and a password of its own.
  requestInterceptor: (request) => (request.url === tokenEndpoint ? { ...request, credentials: "omit" } : request),
  plugins: [sendAnyBody, getTokensBesideTheDocument, takeTokens, sayResponses],
  operationsSorter: (a, b) => rank(a) - rank(b),
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  deepLinking: true,
  displayRequestDuration: true,
  persistAuthorization: true,
  // The validator would be another host.
  validatorUrl: null,
});
