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
export const takeTokens = () => {
  const closing = (change) => (original, system) => (given) => {
    const result = original(change(given));
    system.authActions.showDefinitions(false);
    sayWhoActs(system);
    return result;
  };
  const withoutWord = (given) =>
    given.bearer
      ? { ...given, bearer: { ...given.bearer, value: given.bearer.value.replace(/^\s*bearer\s+/i, "").trim() } }
      : given;
  // The page keeps what it is given; a token ends, the secret would not.
  const withoutSecret = (given) => ({ ...given, auth: { ...given.auth, clientSecret: "" } });
  return {
    statePlugins: {
      auth: {
        wrapActions: {
          authorize: closing(withoutWord),
          authorizeOauth2: closing(withoutSecret),
          logout: (original, system) => (schemes) => {
            const result = original(schemes);
            sayWhoActs(system);
            return result;
          },
        },
      },
    },
  };
};

// A part of a token as an object; an empty one where there is none.
function partOf(token, place) {
  try {
    return JSON.parse(atob(token.split(".")[place].replace(/-/g, "+").replace(/_/g, "/")));
  } catch {
    return {};
  }
}

// The tokens that the page has.
function tokensOf({ authSelectors }) {
  const { bearer, client } = authSelectors.authorized()?.toJS() ?? {};
  return [bearer?.value, client?.token?.access_token].filter(Boolean);
}

// The service's own tokens name such a key (docs/contract.md section 1.17).
const OWN_KEYS = "record-lists-";

// Whether the page has a token of earlier that is still good, such as one that a person pasted. `fresh` is one that is.
const hasGoodToken = (ui, fresh) =>
  tokensOf(ui).some((token) => {
    const { kid } = partOf(token, 0);
    const isKnown = kid === partOf(fresh, 0).kid || kid?.startsWith(OWN_KEYS);
    return isKnown && partOf(token, 1).exp * 1000 > Date.now();
  });

let demoAccount = null;

// Says at the top of a development start for which account the page acts.
function sayWhoActs(system) {
  if (demoAccount === null) return;
  const [token] = tokensOf(system);
  const account = token && partOf(token, 1).account_id;
  const texts = [
    [!token, "Development start: press Authorize, since this page has no token."],
    [account === demoAccount, "Development start: this page already acts for the demo account."],
    [true, "Development start: this page acts with the token that it was given."],
  ];
  document.getElementById("acts").textContent = texts.find(([applies]) => applies)[1];
}

// On a development start, the page gets a token for the demo account, and can bring the demo records back.
export async function useDevelopmentStart(ui) {
  if (!("development" in document.body.dataset)) return;
  const answer = await fetch("token", { method: "POST" }).catch(() => null);
  if (!answer?.ok) return;
  const { access_token: token } = await answer.json();
  if (!hasGoodToken(ui, token)) ui.preauthorizeApiKey("bearer", token);
  demoAccount = partOf(token, 1).account_id;
  sayWhoActs(ui);
  document.getElementById("development").hidden = false;
  const restored = document.getElementById("restored");
  document.getElementById("restore").addEventListener("click", async () => {
    restored.textContent = "";
    const restoring = await fetch("demo-records", { method: "POST" }).catch(() => null);
    restored.textContent = restoring?.ok ? "The demo records are back." : "They could not be restored; try again.";
  });
}
