//! The variables of OpenTelemetry. The SDK reads them, and passes over in silence what it does not know; so they are
//! looked at here first.

use std::env;

use thiserror::Error;
use url::Url;

pub(super) const SERVICE_NAME: &str = "OTEL_SERVICE_NAME";

/// That for traces alone counts before the other.
const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
const PROTOCOLS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
const DISABLED: &str = "OTEL_SDK_DISABLED";
const EXPORTER: &str = "OTEL_TRACES_EXPORTER";
const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
const SAMPLER_ARGUMENT: &str = "OTEL_TRACES_SAMPLER_ARG";

const SAMPLERS: [&str; 6] = [
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
];

/// A variable whose value cannot be used. The value is not repeated: a URL can contain a password.
#[derive(Debug, Error)]
#[error("{variable} must be {form}")]
pub struct VariableError {
    variable: &'static str,
    form: &'static str,
}

/// The value of a variable; an empty one is none.
pub(super) fn value(variable: &str) -> Option<String> {
    env::var(variable).ok().filter(|value| !value.is_empty())
}

/// Whether the variables name a collector, and can be used.
pub(super) fn name_a_collector() -> Result<bool, VariableError> {
    names_a_collector(value)
}

fn names_a_collector(value: impl Fn(&'static str) -> Option<String>) -> Result<bool, VariableError> {
    let is = |variable, word: &str| value(variable).is_some_and(|value| value.eq_ignore_ascii_case(word));
    let is_named = ENDPOINTS.iter().any(|variable| value(variable).is_some());
    if !is_named || is(DISABLED, "true") || is(EXPORTER, "none") {
        return Ok(false);
    }
    let check = |variable, form, is_valid: &dyn Fn(&str) -> bool| match value(variable) {
        Some(value) if !is_valid(&value) => Err(VariableError { variable, form }),
        _ => Ok(()),
    };
    for variable in ENDPOINTS {
        check(variable, "an http or https URL", &is_url)?;
    }
    for variable in PROTOCOLS {
        check(variable, "http/protobuf", &|value| value == "http/protobuf")?;
    }
    check(EXPORTER, "otlp or none", &|value| value == "otlp")?;
    check(SAMPLER, "a sampler that is described in docs/operating.md", &|value| {
        SAMPLERS.contains(&value)
    })?;
    check(SAMPLER_ARGUMENT, "a number from 0 to 1", &|value| {
        value.parse().is_ok_and(|ratio: f64| (0.0..=1.0).contains(&ratio))
    })?;
    Ok(true)
}

fn is_url(value: &str) -> bool {
    Url::parse(value).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&'static str, &str)]) -> Result<bool, String> {
        let value = |variable| {
            let found = variables.iter().find(|(name, _)| *name == variable)?;
            Some(found.1.to_owned())
        };
        names_a_collector(value).map_err(|error| error.to_string())
    }

    #[test]
    fn a_collector_has_to_be_named() {
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");
        assert_eq!(with(&[]), Ok(false));
        assert_eq!(with(&[endpoint]), Ok(true));
        assert_eq!(with(&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint.1)]), Ok(true));
        assert_eq!(with(&[endpoint, ("OTEL_SDK_DISABLED", "TRUE")]), Ok(false));
        assert_eq!(with(&[endpoint, ("OTEL_TRACES_EXPORTER", "none")]), Ok(false));
        assert_eq!(with(&[("OTEL_TRACES_SAMPLER", "nonsense")]), Ok(false));
    }

    #[test]
    fn what_cannot_be_used_is_named_and_not_repeated() {
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://collector:4318");
        for (variable, value) in [
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "collector-marked:4318"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "ftp://marked"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc-marked"),
            ("OTEL_TRACES_EXPORTER", "marked"),
            ("OTEL_TRACES_SAMPLER", "marked"),
            ("OTEL_TRACES_SAMPLER_ARG", "1.5"),
        ] {
            let message = with(&[endpoint, (variable, value)]).expect_err(variable);
            assert!(message.starts_with(&format!("{variable} must be ")), "{message}");
            assert!(!message.contains("marked"), "{message}");
        }
    }
}
