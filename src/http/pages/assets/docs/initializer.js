// Starts Swagger UI. All URLs are relative, so that the page works behind a path prefix.

import { foldErrors, sayResponses } from "./answers.js";
import { getTokensBesideTheDocument, takeTokens, tokenEndpoint, useDevelopmentStart } from "./authorization.js";
import { forgetOldAnswers, leaveDefaultsOut, sendAnyBody, showSnippets } from "./requests.js";

// The main operations come first; all others keep the order of the document.
const RECORDS = "/record-lists/{record_list_id}/records";
const LEADING = [`delete ${RECORDS}/bulks`, `post ${RECORDS}/bulks/delete`];

function rank(operation) {
  const place = LEADING.indexOf(`${operation.get("method")} ${operation.get("path")}`);
  return place < 0 ? LEADING.length : place;
}

// As the system has it, and as it changes.
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const useScheme = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", useScheme);
useScheme();

window.ui = SwaggerUIBundle({
  url: "../openapi.json",
  dom_id: "#swagger-ui",
  onComplete: () => useDevelopmentStart(window.ui),
  // Without the top bar of the default layout, which asks for the URL of another document.
  layout: "BaseLayout",
  // For a wrong secret, the browser would ask for a name and a password of its own.
  requestInterceptor: (request) => (request.url === tokenEndpoint ? { ...request, credentials: "omit" } : request),
  plugins: [
    sendAnyBody,
    forgetOldAnswers,
    leaveDefaultsOut,
    showSnippets,
    getTokensBesideTheDocument,
    takeTokens,
    sayResponses,
    foldErrors,
  ],
  operationsSorter: (a, b) => rank(a) - rank(b),
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  deepLinking: true,
  displayRequestDuration: true,
  persistAuthorization: true,
  // The validator would be another host.
  validatorUrl: null,
});
