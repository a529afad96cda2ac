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

// A token of earlier that is still good, such as one that a person pasted.
function hasGoodToken() {
  const known = window.ui.authSelectors.authorized().toJS();
  if (known.client) return true;
  try {
    const claims = known.bearer.value.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    return JSON.parse(atob(claims)).exp * 1000 > Date.now();
  } catch {
    return false;
  }
}

// On a development start, the page gets a token for the demo account, and can bring the demo records back.
async function useDevelopmentStart() {
  if (!("development" in document.body.dataset)) return;
  const answer = await fetch("token", { method: "POST" });
  if (!answer.ok) return;
  const { access_token: token } = await answer.json();
  if (!hasGoodToken()) window.ui.preauthorizeApiKey("bearer", token);
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
  plugins: [sendAnyBody, getTokensBesideTheDocument],
  operationsSorter: (a, b) => rank(a) - rank(b),
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  deepLinking: true,
  displayRequestDuration: true,
  persistAuthorization: true,
  // The validator would be another host.
  validatorUrl: null,
});
