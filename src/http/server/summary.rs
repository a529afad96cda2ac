//! What was asked, by whom, and what came of it: a line in the log for each request, and a count. Like the rest of the
//! log, it says nothing about people: it has the name of the route and not the path, which can contain a phone number.

use std::{sync::Arc, time::Instant};

use actix_web::{
    HttpMessage,
    body::MessageBody,
    dev::ServiceResponse,
    http::{StatusCode, header::HeaderName},
};
use entity::Word;
use uuid::Uuid;

use crate::{
    auth::Principal,
    http::response::{api_response::OPERATION_ID, error::ErrorCode, tally::Tally},
    metrics::{Outcome, RequestMetrics},
    telemetry::RequestSpan,
};

/// What the log calls a method that no operation has.
pub(super) const UNKNOWN_METHOD: &str = "other";

/// What OpenTelemetry calls a method of the log.
pub(super) fn standard_method(method: &'static str) -> &'static str {
    if method == UNKNOWN_METHOD { "_OTHER" } else { method }
}

/// Asked every few seconds by whatever watches the service.
const PROBES: &str = "/health/";

/// What is said of a request that has its response.
#[derive(Default)]
pub(super) struct Summary {
    route: Option<String>,
    status: StatusCode,
    code: Option<ErrorCode>,
    caller: Option<Arc<Principal>>,
    list: Option<Uuid>,
    operation_id: Option<String>,
    tally: Tally,
}

impl Summary {
    /// That of a request to this route with this response.
    pub(super) fn of(route: Option<String>, response: &ServiceResponse<impl MessageBody>) -> Self {
        let request = response.request();
        let header = |name: HeaderName| response.headers().get(name)?.to_str().ok().map(str::to_owned);
        // What is no id can be anything.
        let list = request.match_info().get("record_list_id");
        Self {
            route,
            status: response.status(),
            code: response.response().extensions().get().copied(),
            caller: request.extensions().get().cloned(),
            list: list.and_then(|id| id.parse().ok()),
            operation_id: header(OPERATION_ID),
            tally: response.response().extensions().get().copied().unwrap_or_default(),
        }
    }

    /// That of a request to this route that the application has failed.
    pub(super) fn of_error(route: Option<String>, code: ErrorCode) -> Self {
        Self {
            route,
            status: code.status(),
            code: Some(code),
            ..Self::default()
        }
    }

    /// Counts the request, with the time since `started`.
    pub(super) fn count(&self, metrics: &RequestMetrics, method: &'static str, scheme: &'static str, started: Instant) {
        let outcome = Outcome {
            method: standard_method(method),
            route: self.route(),
            scheme,
            status: self.status.as_u16(),
            code: self.code.map(|code| code.word()),
        };
        metrics.count(&outcome, started.elapsed());
    }

    /// Ends the span of the request.
    pub(super) fn end(&self, span: RequestSpan) {
        let code = self.code.map(|code| code.word());
        span.end(self.route.as_deref(), self.status.as_u16(), code);
    }

    fn route(&self) -> &str {
        self.route.as_deref().unwrap_or("none")
    }

    /// Writes the line in the log, with the time since `started`.
    pub(super) fn write(&self, started: Instant) {
        let route = self.route();
        let tenths = (started.elapsed().as_secs_f64() * 10_000.0).round();
        let caller = self.caller.as_deref();
        let client = caller.map(|caller| caller.client.as_str());
        // The level of an event is part of its place in the code.
        macro_rules! write_at {
            ($level:ident) => {
                tracing::$level!(
                    route,
                    status = self.status.as_u16(),
                    milliseconds = tenths / 10.0,
                    account = caller.map(|caller| caller.account.as_str()),
                    client = client.filter(|client| !client.is_empty()),
                    record_list = self.list.map(tracing::field::display),
                    operation_id = self.operation_id,
                    kind = self.tally.kind,
                    created = self.tally.created,
                    updated = self.tally.updated,
                    deleted = self.tally.deleted,
                    records_deleted = self.tally.records_deleted,
                    errors = self.tally.errors,
                    "responded"
                )
            };
        }
        if route.starts_with(PROBES) {
            write_at!(debug);
        } else {
            write_at!(info);
        }
    }
}
