//! A span for each request, exported by OTLP to the collector that the standard variables of OpenTelemetry name. Without
//! them, nothing is exported. A span says what the metrics say of a request, and nothing about people: no list, account
//! or client.

mod exporter;
mod variables;

use std::time::Duration;

use opentelemetry::{
    Context, KeyValue,
    trace::{
        Span as _, SpanContext, SpanKind, Status, TraceContextExt, TraceFlags, TraceState, Tracer as _,
        TracerProvider as _,
    },
};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::{
    Resource,
    resource::{EnvResourceDetector, TelemetryResourceDetector},
    trace::{SdkTracer, SdkTracerProvider, Span},
};
use thiserror::Error;

use self::{exporter::Reporting, variables::VariableError};
use crate::http::request::trace_parent::TraceParent;

/// How long the end of the process waits for the last spans to be exported.
const LAST_EXPORT: Duration = Duration::from_secs(2);

/// Whatever watches the service asks there every few seconds; no span is worth that.
const PROBES: &str = "/health/";

/// Where the spans of requests go. Clones share it.
#[derive(Clone, Debug)]
pub struct Traces(Option<Exporting>);

#[derive(Clone, Debug)]
struct Exporting {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

/// The span of a request. If it is dropped, it ends without a response.
#[derive(Debug)]
pub(crate) struct RequestSpan {
    span: Span,
    method: &'static str,
}

/// Why spans cannot be exported.
#[derive(Debug, Error)]
pub enum TracesError {
    /// A variable has a value that cannot be used.
    #[error(transparent)]
    Variable(#[from] VariableError),
    /// The exporter cannot be built, for example because of another variable.
    #[error("traces cannot be exported: {0}")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
}

impl Traces {
    /// Begins to export, on a thread of its own, if the variables name a collector.
    pub(crate) fn start() -> Result<Self, TracesError> {
        if !variables::name_a_collector()? {
            return Ok(Self(None));
        }
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .build()?;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(Reporting::new(exporter))
            .with_resource(resource())
            .build();
        let tracer = provider.tracer(env!("CARGO_PKG_NAME"));
        tracing::info!("traces are exported");
        Ok(Self(Some(Exporting { provider, tracer })))
    }

    /// Begins the span of a request, within that of its caller; the caller's decision whether the trace is sampled counts,
    /// unless OTEL_TRACES_SAMPLER says otherwise. `None` if nothing is exported.
    pub(crate) fn begin(
        &self,
        parent: Option<TraceParent>,
        path: &str,
        method: &'static str,
        scheme: &'static str,
    ) -> Option<RequestSpan> {
        let exporting = self.0.as_ref().filter(|_| !path.starts_with(PROBES))?;
        let context = parent.map_or_else(Context::new, |parent| {
            Context::new().with_remote_span_context(span_context(parent))
        });
        let builder = exporting
            .tracer
            .span_builder(name_of(method))
            .with_kind(SpanKind::Server)
            .with_attributes([
                KeyValue::new("http.request.method", method),
                KeyValue::new("url.scheme", scheme),
            ]);
        let span = exporting.tracer.build_with_context(builder, &context);
        Some(RequestSpan { span, method })
    }

    /// Exports what is left, for at most two seconds. Blocks the thread.
    pub(crate) fn stop(&self) {
        let Some(Exporting { provider, .. }) = &self.0 else {
            return;
        };
        if let Err(error) = provider.shutdown_with_timeout(LAST_EXPORT) {
            tracing::warn!(%error, "the last traces were not exported");
        }
    }
}

impl RequestSpan {
    /// The id of the trace: 32 hexadecimal digits.
    pub(crate) fn trace_id(&self) -> String {
        self.span.span_context().trace_id().to_string()
    }

    /// The id of the span: 16 hexadecimal digits.
    pub(crate) fn span_id(&self) -> String {
        self.span.span_context().span_id().to_string()
    }

    /// Ends the span with what the request came to.
    pub(crate) fn end(mut self, route: Option<&str>, status: u16, code: Option<&'static str>) {
        if let Some(route) = route {
            self.span.update_name(format!("{} {route}", name_of(self.method)));
            self.span.set_attribute(KeyValue::new("http.route", route.to_owned()));
        }
        self.span
            .set_attribute(KeyValue::new("http.response.status_code", i64::from(status)));
        if status >= 500 {
            let kind = code.map_or_else(|| status.to_string(), str::to_owned);
            self.span.set_attribute(KeyValue::new("error.type", kind));
            self.span.set_status(Status::error(""));
        }
        self.span.end();
    }
}

/// What the name of a span says of the method.
fn name_of(method: &'static str) -> &'static str {
    if method == "_OTHER" { "HTTP" } else { method }
}

fn span_context(parent: TraceParent) -> SpanContext {
    let flags = TraceFlags::default().with_sampled(parent.is_sampled);
    SpanContext::new(
        parent.trace.into(),
        parent.parent.into(),
        flags,
        true,
        TraceState::default(),
    )
}

/// Who sends the spans. What operators say replaces what is said here.
fn resource() -> Resource {
    let own = [
        KeyValue::new("service.name", env!("CARGO_PKG_NAME")),
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
    ];
    let name = variables::value(variables::SERVICE_NAME);
    Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes(own)
        .with_detector(Box::new(EnvResourceDetector::new()))
        .with_attributes(name.map(|name| KeyValue::new("service.name", name)))
        .build()
}
