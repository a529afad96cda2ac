//! What the document says about access tokens: how a caller of this server gets one.

use utoipa::openapi::security::{ClientCredentials, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Scopes, SecurityScheme};

use crate::auth::RequiredScopes;

/// The name of the security scheme of clients that are registered here.
pub(crate) const TOKEN_ENDPOINT: &str = "client";

/// Where the tokens of a server's callers come from.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokenSources {
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
        [
            "Record lists for outbound dialers: named lists of people to call. The bulk delete deletes records by record \
             id, by phone number, or by external provider and external id.",
            &format!("Every operation needs an access token. {}", self.ways()),
            "The examples delete records of the demo list; a start with `--demo` creates and restores them.",
            "Responses are JSON with HAL links; `Accept: application/hal+json` is supported.",
        ]
        .join("\n\n")
    }

    /// How to get a token, and where to put it.
    fn ways(&self) -> String {
        let entered = match self.sources.endpoint {
            true => {
                "Press **Authorize** and enter the id and the secret of a client that is registered on the server. Or \
                 paste a token there."
            }
            false => "Press **Authorize** and paste it.",
        };
        format!("{entered} {}", self.pasted()).trim_end().to_owned()
    }

    /// Where a token that can be pasted comes from.
    fn pasted(&self) -> String {
        let mut ways = Vec::new();
        if self.sources.start {
            ways.push("The server prints one for the account `demo` at its start.".to_owned());
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
            (TokenSources { start: true, ..none }, "at its start"),
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
                (sources.start, "at its start"),
                (sources.endpoint, "secret of a client"),
                (sources.secret, "record-lists token"),
                (sources.provider, "identity provider"),
            ] {
                assert_eq!(text.contains(words), is_there, "{sources:?}, {words}: {text}");
            }
        }
    }
}
