//! What the document says about access tokens: how a caller of this server gets one.

use utoipa::openapi::security::{ClientCredentials, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Scopes, SecurityScheme};

use crate::auth::RequiredScopes;

/// The name of the security scheme of clients that are registered here.
pub(crate) const TOKEN_ENDPOINT: &str = "client";

/// Where the tokens of a server's callers come from.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokenSources {
    /// Whether the page of Swagger UI has a token for the demo account.
    pub page: bool,
    /// Whether the server prints a token for the demo account at its start.
    pub start: bool,
    /// Whether clients that are registered on the server get them at its token endpoint.
    pub endpoint: bool,
    /// Whether the server has a secret that `record-lists token` signs with.
    pub secret: bool,
    /// Whether an identity provider issues them.
    pub provider: bool,
}

/// What a server says about tokens.
#[derive(Clone, Copy, Debug)]
pub struct Access<'s> {
    /// Where they come from.
    pub sources: TokenSources,
    /// The scopes that operations require.
    pub required: &'s RequiredScopes,
}

impl Access<'_> {
    /// The description of the API.
    pub(crate) fn introduction(&self) -> String {
        let restores = if self.sources.page {
            "the button above restores them"
        } else {
            "a start with `--demo` creates and restores them"
        };
        [
            "Record lists for outbound dialers: named lists of people to call. The bulk delete deletes records by record \
             id, by phone number, or by external provider and external id.",
            &format!("Every operation needs an access token. {}", self.ways()),
            &format!("The examples delete records of the demo list; {restores}."),
            "Responses are JSON with HAL links; `Accept: application/hal+json` is supported.",
        ]
        .join("\n\n")
    }

    /// How to get a token, and where to put it.
    fn ways(&self) -> String {
        let pasted = self.pasted();
        let entered = self.sources.endpoint.then_some(
            "Press **Authorize** and enter the id and the secret of a client that is registered on the server.",
        );
        match (self.sources.page, entered) {
            (true, _) => format!(
                "This page already has one for the demo account. For another account, press **Authorize**. {pasted}"
            ),
            (false, Some(entered)) => format!("{entered} Or paste a token there. {pasted}"),
            (false, None) => format!("Press **Authorize** and paste it. {pasted}"),
        }
    }

    /// Where a token that can be pasted comes from.
    fn pasted(&self) -> String {
        let mut ways = Vec::new();
        if self.sources.start {
            ways.push("The server prints one at its start.".to_owned());
        }
        if self.sources.provider {
            ways.push("Your identity provider issues tokens.".to_owned());
        }
        if self.sources.secret {
            ways.push(format!(
                "`record-lists token --account demo --scope \"{}\" --ttl 24h` prints one on the server, with its settings \
                 (in the source folder: `cargo run -- token` with the same options).",
                self.required.first()
            ));
        }
        if ways.is_empty() && !self.sources.endpoint {
            ways.push("Whoever runs the server knows who issues tokens.".to_owned());
        }
        ways.join(" ")
    }

    /// The security schemes, by name.
    pub(crate) fn schemes(&self) -> Vec<(&'static str, SecurityScheme)> {
        let about = format!("An access token, without the word Bearer. {}", self.pasted());
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .bearer_format("JWT")
            .description(Some(about.trim_end()))
            .build();
        let bearer = ("bearer", SecurityScheme::Http(bearer));
        let client = || (TOKEN_ENDPOINT, SecurityScheme::OAuth2(token_endpoint(self.required)));
        [bearer].into_iter().chain(self.sources.endpoint.then(client)).collect()
    }
}

/// How registered clients get tokens.
fn token_endpoint(required: &RequiredScopes) -> OAuth2 {
    let scopes = [(required.first(), "Everything that can be done with record lists.")];
    let flow = ClientCredentials::new("oauth/token", Scopes::from_iter(scopes));
    OAuth2::with_description(
        [Flow::ClientCredentials(flow)],
        "The id and the secret of a client, from `record-lists client add` on the server.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn introduction(sources: TokenSources) -> String {
        let required = RequiredScopes::default();
        let access = Access {
            sources,
            required: &required,
        };
        access.introduction()
    }

    /// Nobody is sent to what this server does not have.
    #[test]
    fn the_texts_name_only_the_ways_that_there_are() {
        let none = TokenSources::default();
        for (sources, present) in [
            (none, "Whoever runs the server knows who issues tokens."),
            (
                TokenSources {
                    page: true,
                    start: true,
                    endpoint: true,
                    ..none
                },
                "This page already has one",
            ),
            (TokenSources { start: true, ..none }, "prints one at its start"),
            (
                TokenSources { endpoint: true, ..none },
                "the id and the secret of a client",
            ),
            (
                TokenSources { secret: true, ..none },
                "`record-lists token --account demo",
            ),
            (
                TokenSources { provider: true, ..none },
                "Your identity provider issues tokens.",
            ),
        ] {
            let text = introduction(sources);
            assert!(text.contains(present), "{sources:?}: {text}");
            for (is_there, words) in [
                (sources.page, "This page already has one"),
                (sources.start, "at its start"),
                (sources.endpoint && !sources.page, "secret of a client"),
                (sources.secret, "record-lists token"),
                (sources.provider, "identity provider"),
                (sources.page, "the button above"),
            ] {
                assert_eq!(text.contains(words), is_there, "{sources:?}, {words}: {text}");
            }
        }
    }
}
