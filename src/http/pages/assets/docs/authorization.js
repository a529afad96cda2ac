// Access tokens: what a person gives to "Authorize", and what a development start gives to the page.

export const tokenEndpoint = new URL("../oauth/token", window.location.href).href;

// Swagger UI takes the URL of the token endpoint for relative to the page, not to the document.
export const getTokensBesideTheDocument = () => ({
  statePlugins: {
    auth: {
      wrapActions: {
        authorizeRequest: (original) => (request) => original({ ...request, url: tokenEndpoint }),
      },
    },
  },
});

// The word is part of the header, not of the token. The dialog has nothing more to say after it.
export const takeTokens = () => ({
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

// A part of a token as an object; an empty one where there is none.
function partOf(token, place) {
  try {
    return JSON.parse(atob(token.split(".")[place].replace(/-/g, "+").replace(/_/g, "/")));
  } catch {
    return {};
  }
}

// Whether the page has a token of earlier that is still good, such as one that a person pasted. `fresh` is one that is.
function hasGoodToken(ui, fresh) {
  const { bearer, client } = ui.authSelectors.authorized().toJS();
  return [bearer?.value, client?.token?.access_token].some((token) => {
    const { kid } = partOf(token, 0);
    const isKnown = kid === partOf(fresh, 0).kid || kid?.startsWith("record-lists-");
    return isKnown && partOf(token, 1).exp * 1000 > Date.now();
  });
}

// On a development start, the page gets a token for the demo account, and can bring the demo records back.
export async function useDevelopmentStart(ui) {
  if (!("development" in document.body.dataset)) return;
  const answer = await fetch("token", { method: "POST" });
  if (!answer.ok) return;
  const { access_token: token } = await answer.json();
  if (!hasGoodToken(ui, token)) ui.preauthorizeApiKey("bearer", token);
  document.getElementById("development").hidden = false;
  const restored = document.getElementById("restored");
  document.getElementById("restore").addEventListener("click", async () => {
    restored.textContent = "";
    const { ok } = await fetch("demo-records", { method: "POST" });
    restored.textContent = ok ? "The demo records are back." : "They could not be restored; try again.";
  });
}
