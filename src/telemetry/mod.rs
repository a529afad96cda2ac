//! The log: one line per event on standard error, without personal data. Traces: a span for each request, if the
//! program is built with the feature `otlp`.

#[cfg(feature = "otlp")]
mod otlp;
#[cfg(not(feature = "otlp"))]
mod untraced;

use std::{io::IsTerminal, panic};

use tracing::Level;
use tracing_subscriber::{Layer, filter::filter_fn, fmt, layer::SubscriberExt, util::SubscriberInitExt};

#[cfg(feature = "otlp")]
pub(crate) use self::otlp::RequestSpan;
#[cfg(feature = "otlp")]
pub use self::otlp::{Traces, TracesError};
#[cfg(not(feature = "otlp"))]
pub(crate) use self::untraced::RequestSpan;
#[cfg(not(feature = "otlp"))]
pub use self::untraced::{Traces, TracesError};
use crate::config::{LogFilter, LogFormat};

/// Starts the log of the process, including panics.
pub fn start(filter: &LogFilter, format: LogFormat) {
    // Below WARN, the database crates log statements, and URLs with passwords.
    let without_database_details = filter_fn(|event| {
        let is_database = ["sqlx", "sea_orm"]
            .iter()
            .any(|database| event.target().starts_with(database));
        // What this crate says as an error is that a client has sent nonsense, or has gone.
        let is_of_connections = event.target().starts_with("actix_http");
        !is_of_connections && (!is_database || *event.level() <= Level::WARN)
    });
    // Colours are for terminals only: in a file they are noise and cost time.
    let is_terminal = std::io::stderr().is_terminal();
    let lines = fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(is_terminal)
        // If standard error is a closed pipe, a complaint about it there would panic.
        .log_internal_errors(false);
    let lines = match format {
        LogFormat::Pretty => lines.boxed(),
        LogFormat::Json => lines.json().with_span_list(false).boxed(),
    };
    // If a test starts the log a second time, the first one stays.
    let _ = tracing_subscriber::registry()
        .with(filter.targets())
        .with(lines.with_filter(without_database_details))
        .try_init();
    panic::set_hook(Box::new(|panic| {
        // Logs where, not why: the message of a panic can contain the data that the code was processing.
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place = place.as_deref().unwrap_or("unknown"), "panicked");
    }));
}
