//! An operation as one value: its method and path, its handler, and its description in the OpenAPI document.
//!
//! Each operation is defined in a file of its own; [`operations`](super::operations) lists them all. Nothing that the
//! handler's type says is repeated: caller, target, query and body describe themselves.

use actix_web::{Handler, Responder, Route, http::Method, web};
use utoipa::{
    Path,
    openapi::{
        self, RefOr,
        path::{HttpMethod, Parameter, ParameterIn},
        request_body::RequestBody,
        security::SecurityRequirement,
    },
};

use super::{
    document::{documented::Documented, parameters, responses},
    request::{
        Authorized,
        body::{BodySource, Samples},
        caller::Caller,
        idempotency, preconditions,
        query::{self, FromQuery},
        target::Target,
    },
    response::error::{ApiError, ErrorCode},
    schema::{Schemas, WireType},
};
use crate::{auth::RequiredScopes, record_list::CommandError};

/// An operation of the API.
pub struct Operation {
    method: HttpMethod,
    path: String,
    route: Box<dyn Fn(Method) -> Route>,
    stated: openapi::path::Operation,
    is_write: bool,
    has_published_form: bool,
    request_body: Option<RequestBody>,
    schemas: Schemas,
    of_caller: fn(&RequiredScopes) -> Documented,
    parts: Vec<Documented>,
    samples: Samples,
    faulty_query: &'static str,
}

impl Operation {
    /// Combines `stated`, the type of a `#[utoipa::path(.., impl_for = ..)]`, with the handler. Method, path, id, texts
    /// and the successful response come from `stated`, everything else from the handler's type.
    pub fn new<S, H, C, T, Q, B>(_stated: S, handler: H) -> Self
    where
        S: Path + for<'t> utoipa::__dev::Tags<'t> + utoipa::__dev::SchemaReferences,
        H: Handler<(Authorized<C, T, Q, B>,)>,
        H::Output: Responder + 'static,
        C: Caller + 'static,
        T: Target<C::Identity> + 'static,
        Q: FromQuery + 'static,
        B: BodySource + 'static,
    {
        let mut stated = S::operation();
        let tags = stated.tags.get_or_insert_default();
        tags.extend(S::tags().into_iter().map(str::to_owned));
        let mut methods = S::methods();
        debug_assert_eq!(methods.len(), 1, "an operation has one method");
        let method = methods.pop().unwrap_or(HttpMethod::Get);
        let of_actix = actix_method(&method);
        let mut schemas = Vec::new();
        S::schemas(&mut schemas);
        let (request_body, of_body) = B::request_body().unzip();
        schemas.extend(of_body.into_iter().flatten());
        let mut parts = vec![
            C::documented(&RequiredScopes::default()),
            T::documented(),
            query::documented::<Q>(),
            B::documented(&of_actix),
            Documented::by_errors(of_every_operation()),
        ];
        if Q::IS_WRITE {
            parts.push(idempotency::documented());
            parts.push(Documented::by_errors(of_every_write()));
        }
        Self {
            route: Box::new(move |method| web::method(method).to(handler.clone())),
            path: S::path(),
            method,
            stated,
            is_write: Q::IS_WRITE,
            has_published_form: false,
            request_body,
            schemas,
            of_caller: C::documented,
            parts,
            samples: B::samples(),
            faulty_query: Q::FAULTY,
        }
    }

    /// Adds errors that only the operation itself can detect.
    pub fn may_also(mut self, errors: impl IntoIterator<Item = ApiError>) -> Self {
        self.parts.push(Documented::by_errors(errors));
        self
    }

    /// Adds the schema of a successful response that several operations share: `IntoResponses` does not register
    /// schemas.
    pub fn with_schema<T: WireType>(mut self) -> Self {
        T::collect(&mut self.schemas);
        self
    }

    /// Says that a client can ask for the published form of the successful response.
    pub fn with_published_form(mut self) -> Self {
        self.parts.push(Documented {
            parameters: vec![parameters::of_header::<String>(
                "Prefer",
                "`return=minimal` leaves out all members that are not in the published schema.",
            )],
            ..Documented::default()
        });
        self.has_published_form = true;
        self
    }

    /// Names the scopes that the server requires.
    pub fn requiring(mut self, scopes: &RequiredScopes) -> Self {
        // The caller is the first part.
        if let Some(caller) = self.parts.first_mut() {
            *caller = (self.of_caller)(scopes);
        }
        self
    }

    /// Says that callers can also authenticate by this scheme of the document, with a token of this scope.
    pub fn or_by(mut self, scheme: &str, scope: &str) -> Self {
        if let Some(security) = self.parts.iter_mut().find_map(|part| part.security.as_mut()) {
            security.push(SecurityRequirement::new(scheme, [scope]));
        }
        self
    }

    /// The HTTP method.
    pub fn method(&self) -> Method {
        actix_method(&self.method)
    }

    /// The path, with its parameters in braces.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The methods that it serves with their routes: HEAD is served wherever GET is.
    pub fn routes(&self) -> impl Iterator<Item = (Method, Route)> {
        let method = self.method();
        let head = (method == Method::GET).then_some(Method::HEAD);
        [method]
            .into_iter()
            .chain(head)
            .map(|method| (method.clone(), (self.route)(method)))
    }

    /// Sample bodies as callers send them.
    pub fn samples(&self) -> &Samples {
        &self.samples
    }

    /// A query that breaks a rule; empty if no query is rejected.
    pub fn faulty_query(&self) -> &'static str {
        self.faulty_query
    }

    /// An example of each error that it can return.
    pub fn errors(&self) -> impl Iterator<Item = &ApiError> {
        self.parts.iter().flat_map(|part| &part.errors)
    }

    /// Adds the operation to the document.
    pub fn describe(self, document: &mut openapi::OpenApi) {
        let parameters = self.parameters();
        let errors: Vec<ApiError> = self.errors().cloned().collect();
        let mut operation = self.stated;
        operation.parameters = (!parameters.is_empty()).then_some(parameters);
        operation.request_body = self.request_body.map(RefOr::T);
        operation.security = self.parts.iter().find_map(|part| part.security.clone());
        let description = operation.description.get_or_insert_default();
        for note in self.parts.iter().flat_map(|part| &part.notes) {
            description.push_str("\n\n");
            description.push_str(note);
        }
        let responses = &mut operation.responses.responses;
        responses::add_headers_to_successes(responses, self.is_write);
        if self.has_published_form {
            responses::add_preference_applied(responses);
        }
        responses.extend(responses::of_errors(&errors));
        document
            .paths
            .add_path_operation(self.path, vec![self.method], operation);
        let components = document.components.get_or_insert_default();
        components.schemas.extend(self.schemas);
    }

    /// The parameters of path and query, then the headers.
    fn parameters(&self) -> Vec<RefOr<Parameter>> {
        let all = self.parts.iter().flat_map(|part| &part.parameters).cloned();
        let (headers, others): (Vec<_>, Vec<_>) = all.map(RefOr::T).partition(is_header);
        others.into_iter().chain(headers).collect()
    }
}

fn is_header(parameter: &RefOr<Parameter>) -> bool {
    matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Header)
}

/// Errors that any operation can return.
fn of_every_operation() -> [ApiError; 6] {
    [
        ErrorCode::HeadersTooLarge,
        ErrorCode::RateLimited,
        ErrorCode::Internal,
        ErrorCode::Overloaded,
        ErrorCode::DatabaseDamaged,
        ErrorCode::DatabaseUnavailable,
    ]
    .map(ApiError::new)
}

/// Errors of every write: its precondition can fail, it has to wait for its turn, and the outcome of its commit can be
/// unknown.
fn of_every_write() -> [ApiError; 3] {
    [
        preconditions::failed(),
        CommandError::ShuttingDown.into(),
        ApiError::outcome_unknown(),
    ]
}

fn actix_method(method: &HttpMethod) -> Method {
    match method {
        HttpMethod::Get => Method::GET,
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Patch => Method::PATCH,
        HttpMethod::Delete => Method::DELETE,
        HttpMethod::Options => Method::OPTIONS,
        HttpMethod::Head => Method::HEAD,
        HttpMethod::Trace => Method::TRACE,
    }
}
