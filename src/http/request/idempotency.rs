//! The `Idempotency-Key` header, and what makes two requests the same (docs/contract.md section 5.5).

use std::sync::Arc;

use actix_web::{HttpRequest, http::header::HeaderName};
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};

use super::{
    faults::REPEATED,
    query::{self, FromQuery},
};
use crate::{
    domain::{Fingerprint, IdempotencyKey},
    http::{
        document::{documented::Documented, parameters},
        response::{
            api_response::Render,
            error::{ApiError, ErrorCode, FieldError},
        },
        schema::WireType,
    },
    record_list::CommandError,
    store::Once,
};

const HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// The key of the request, if it has one.
pub(crate) fn key(request: &HttpRequest) -> Result<Option<IdempotencyKey>, ApiError> {
    let mut sent = request.headers().get_all(&HEADER);
    let Some(only) = sent.next() else {
        return Ok(None);
    };
    if sent.next().is_some() {
        return Err(invalid(REPEATED));
    }
    match IdempotencyKey::parse(only.as_bytes()) {
        Some(key) => Ok(Some(key)),
        None => Err(malformed()),
    }
}

/// What the document says about it for every write.
pub(crate) fn documented() -> Documented {
    let key = parameters::of_header::<IdempotencyKey>(
        "Idempotency-Key",
        "A new value for each write, such as a UUID. A request that is sent again with the same key is carried out once: \
         for 24 hours it gets the first response again, with `Idempotency-Replayed: true`. One pair of quotes around the \
         value is not part of it.",
    );
    Documented {
        parameters: vec![key],
        ..Documented::by_errors([
            malformed(),
            CommandError::KeyInUse.into(),
            CommandError::KeyReused.into(),
        ])
    }
}

impl WireType for IdempotencyKey {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(Self::MIN_LENGTH))
            .max_length(Some(Self::MAX_LENGTH))
            .pattern(Some("^[ -~]*$"))
            .into()
    }
}

fn malformed() -> ApiError {
    let (min, max) = (IdempotencyKey::MIN_LENGTH, IdempotencyKey::MAX_LENGTH);
    invalid(&format!("must have {min} to {max} printable ASCII characters"))
}

fn invalid(description: &str) -> ApiError {
    ApiError::new(ErrorCode::HeaderInvalid).with_fields(vec![FieldError {
        name: "Idempotency-Key".to_owned(),
        description: description.to_owned(),
    }])
}

/// Whether a write can be repeated: its key and its fingerprint, if the client sent a key.
#[derive(Clone, Debug)]
pub struct Repeatable(Option<(IdempotencyKey, Fingerprint)>);

impl Repeatable {
    /// `keyed` is the key and the canonical form of the body, if the request has a key. `operation` is the name of an
    /// operation that has several routes.
    pub(crate) fn new<Q: FromQuery>(
        keyed: Option<(IdempotencyKey, Vec<u8>)>,
        request: &HttpRequest,
        operation: Option<&str>,
    ) -> Self {
        Self(keyed.map(|(key, body)| (key, fingerprint::<Q>(request, operation, &body))))
    }

    /// What ensures that the write is carried out only once, if it has a key; `render` creates its response.
    pub fn once<T: 'static>(self, render: &Render<T>) -> Option<Once<T>> {
        let (key, fingerprint) = self.0?;
        let render = Arc::clone(render);
        Some(Once {
            key,
            fingerprint,
            render: Arc::new(move |output| render(output).to_text()),
            may_save: true,
        })
    }
}

/// The fingerprint of what a request asks for: the operation, its options, and its body in canonical form. Sending an
/// option with its default value makes no difference.
fn fingerprint<Q: FromQuery>(request: &HttpRequest, operation: Option<&str>, body: &[u8]) -> Fingerprint {
    let operation = match operation {
        Some(name) => name.to_owned(),
        None => {
            let path = request.path().trim_end_matches('/').to_lowercase();
            format!("{} {path}", request.method())
        }
    };
    let defaults = Q::defaults();
    let is_default = |name: &str, value: &str| {
        defaults
            .iter()
            .any(|(known, default)| *known == name && default == value)
    };
    let mut options = query::sent(request.query_string());
    options.retain(|(name, value)| !is_default(name, value));
    options.sort();
    let options = options.iter().flat_map(|(name, value)| [name, value]);
    let parts = std::iter::once(operation.as_bytes())
        .chain(options.map(|text| text.as_bytes()))
        .chain([body]);
    Fingerprint::of(parts)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::http::request::{faults::Faults, json::Json, query::Query};

    struct AnyOption;

    impl FromQuery for AnyOption {
        const IS_WRITE: bool = true;
        const FAULTY: &'static str = "";

        fn defaults() -> Vec<(&'static str, String)> {
            vec![("a", "false".to_owned())]
        }

        fn from_query(_: &mut Query, _: &mut Faults) -> Option<Self> {
            Some(Self)
        }
    }

    fn of(uri: &str, body: &str) -> Fingerprint {
        let request = TestRequest::delete().uri(uri).to_http_request();
        let mut canonical = Vec::new();
        Json::parse(body.as_bytes()).unwrap().write_sorted(&mut canonical);
        fingerprint::<AnyOption>(&request, None, &canonical)
    }

    #[test]
    fn what_is_meant_counts_and_not_how_it_is_written() {
        let first = of("/l/1?b=1", r#"[{"p":"x","q":{"a":1,"b":[null]}}]"#);
        for (uri, body) in [
            ("/l/1/?b=1", r#" [ {"q":{"b":[null],"a":1} , "p":"\u0078"} ] "#),
            ("/L/1?a=false&b=1", r#"[{"p":"x","q":{"a":1,"b":[null]}}]"#),
        ] {
            assert_eq!(of(uri, body), first, "{uri} {body}");
        }
        for (uri, body) in [
            ("/l/2?b=1", r#"[{"p":"x","q":{"a":1,"b":[null]}}]"#),
            ("/l/1", r#"[{"p":"x","q":{"a":1,"b":[null]}}]"#),
            ("/l/1?b=1&a=true", r#"[{"p":"x","q":{"a":1,"b":[null]}}]"#),
            ("/l/1?b=1", r#"[{"p":"X","q":{"a":1,"b":[null]}}]"#),
            ("/l/1?b=1", r#"[{"p":"x","q":{"a":1,"b":[]}}]"#),
            ("/l/1?b=1", r#"[{"p":"x"},{"q":{"a":1,"b":[null]}}]"#),
        ] {
            assert_ne!(of(uri, body), first, "{uri} {body}");
        }
    }

    #[test]
    fn routes_that_are_one_operation_have_one_fingerprint() {
        let [delete, post] =
            [TestRequest::delete(), TestRequest::post()].map(|request| request.uri("/a").to_http_request());
        let fingerprint = |request, name| fingerprint::<AnyOption>(request, name, b"[]");
        assert_eq!(fingerprint(&delete, Some("x")), fingerprint(&post, Some("x")));
        assert_ne!(fingerprint(&delete, None), fingerprint(&post, None));
    }
}
