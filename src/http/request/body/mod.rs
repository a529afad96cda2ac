//! The body of a request: its type and length are checked first, then its bytes are read, then they are parsed.

mod media_type;
pub mod parsing;
mod read;

use actix_web::{HttpRequest, dev::Payload, http::Method, web::Bytes};
use utoipa::openapi::{
    ContentBuilder, Required,
    request_body::{RequestBody, RequestBodyBuilder},
};

pub(crate) use self::read::{discard_what_came, read_unshared};

use self::media_type::{encoded, not_json};
use super::{
    faults::{Faults, Place},
    json::{FromJson, Json, ParseError},
};
use crate::{
    domain::AccountId,
    http::{
        document::{documented::Documented, example::Example},
        response::error::{ApiError, ErrorCode},
        schema::{Schemas, WireType},
    },
    shares::Room,
};

/// The body of an operation that has none; a body that is sent is not read.
#[derive(Clone, Copy, Debug)]
pub struct NoBody;

/// How an operation gets its body.
pub trait BodySource: Sized + Send + 'static {
    /// The operation's name in fingerprints if several routes are one operation; see [`Body::FINGERPRINT`].
    const FINGERPRINT: Option<&'static str>;

    /// Reads the bytes of the body into room of the account. The room stays reserved after the bytes are dropped, for
    /// what was parsed from them.
    fn read(
        request: &HttpRequest,
        account: &AccountId,
        payload: Payload,
    ) -> impl Future<Output = Result<(Bytes, Room), ApiError>>;

    /// Parses the body of a request with this method. If `canonical` is given, the body is also written to it in a form
    /// that does not depend on white space or the order of members.
    fn parse(method: &Method, bytes: &[u8], canonical: Option<&mut Vec<u8>>) -> Result<Self, ApiError>;

    /// What the document says about it for an operation with this method.
    fn documented(method: &Method) -> Documented;

    /// The request body in the document, and the schemas that it refers to.
    fn request_body() -> Option<(RequestBody, Schemas)>;

    /// Bodies that show how the operation is used, and one that breaks a rule.
    fn samples() -> Samples;
}

/// Sample bodies as clients send them.
#[derive(Default)]
pub struct Samples {
    /// Valid bodies, as the document shows them.
    pub examples: Vec<Example>,
    /// A body that breaks a rule.
    pub faulty: Option<&'static str>,
}

impl BodySource for NoBody {
    const FINGERPRINT: Option<&'static str> = None;

    async fn read(_: &HttpRequest, _: &AccountId, _: Payload) -> Result<(Bytes, Room), ApiError> {
        Ok((Bytes::new(), Room::none()))
    }

    fn parse(_: &Method, _: &[u8], _: Option<&mut Vec<u8>>) -> Result<Self, ApiError> {
        Ok(Self)
    }

    fn documented(_: &Method) -> Documented {
        Documented::default()
    }

    fn request_body() -> Option<(RequestBody, Schemas)> {
        None
    }

    fn samples() -> Samples {
        Samples::default()
    }
}

impl<B: Body> BodySource for B {
    const FINGERPRINT: Option<&'static str> = B::FINGERPRINT;

    async fn read(request: &HttpRequest, account: &AccountId, payload: Payload) -> Result<(Bytes, Room), ApiError> {
        const { assert!(B::LIMIT <= LARGEST_BODY) };
        read::read(request, account, payload, B::LIMIT, B::room).await
    }

    fn parse(method: &Method, bytes: &[u8], canonical: Option<&mut Vec<u8>>) -> Result<Self, ApiError> {
        parse(bytes, method, canonical)
    }

    fn documented(method: &Method) -> Documented {
        let parse = |body: &[u8]| parse::<B>(body, method, None).err();
        let faults = [parse(b""), parse(UNFINISHED), parse(B::FAULTY.as_bytes())];
        let on_the_way = [
            ApiError::new(ErrorCode::RequestTimeout),
            too_large(B::LIMIT),
            not_json(method),
            encoded(),
        ];
        Documented::by_errors(faults.into_iter().flatten().chain(on_the_way))
    }

    fn request_body() -> Option<(RequestBody, Schemas)> {
        let mut schemas = Schemas::new();
        B::collect(&mut schemas);
        let content = ContentBuilder::new()
            .schema(Some(B::schema()))
            .examples_from_iter(B::examples().iter().map(<(_, _)>::from))
            .build();
        let body = RequestBodyBuilder::new()
            .description(B::DESCRIPTION)
            .required(Some(Required::True));
        let body = B::MEDIA_TYPES
            .iter()
            .fold(body, |body, media_type| body.content(*media_type, content.clone()));
        Some((body.build(), schemas))
    }

    fn samples() -> Samples {
        Samples {
            examples: B::examples(),
            faulty: Some(B::FAULTY),
        }
    }
}

/// The maximum size of any body, in bytes. The server must have room for it.
pub const LARGEST_BODY: usize = 4 * 1024 * 1024;

/// The media types of operations that take a JSON Patch.
pub const JSON_PATCH: &[&str] = &["application/json", "application/json-patch+json"];

/// A body that ends too early.
const UNFINISHED: &[u8] = b"[";

/// A type that an operation accepts as its JSON body.
pub trait Body: FromJson + WireType + Send + 'static {
    /// The description in the document, in addition to the schema.
    const DESCRIPTION: Option<&'static str> = None;

    /// A body that breaks a rule: the document shows the response to it.
    const FAULTY: &'static str;

    /// The maximum size in bytes (docs/contract.md section 1.8).
    const LIMIT: usize = 64 * 1024;

    /// The media types in the document. Any JSON is accepted, except JSON Merge Patch on PATCH.
    const MEDIA_TYPES: &'static [&'static str] = &["application/json"];

    /// The room that a request with a body of this length needs, in bytes. If the response can be much longer than the
    /// body, it is part of that.
    fn room(length: usize) -> usize {
        length
    }

    /// The operation's name in fingerprints, if several routes are one operation: an idempotency key used on one of
    /// them counts on the others.
    const FINGERPRINT: Option<&'static str> = None;

    /// What to do if an array was sent where an object is expected.
    const ARRAY_HINT: Option<&'static str> = None;

    /// Bodies that show how the operation is used, the most important one first.
    fn examples() -> Vec<Example>;

    /// What a client should do if it sent no body; `method` is the method of the request.
    fn missing_hint(_method: &Method) -> Option<&'static str> {
        None
    }
}

/// Parses the body.
fn parse<B: Body>(bytes: &[u8], method: &Method, canonical: Option<&mut Vec<u8>>) -> Result<B, ApiError> {
    let json = Json::parse(bytes).map_err(|error| match error {
        ParseError::Blank => {
            let missing = ApiError::new(ErrorCode::BodyMissing);
            match B::missing_hint(method) {
                Some(hint) => missing.describe(hint),
                None => missing,
            }
        }
        error => malformed(&error),
    })?;
    let hint = B::ARRAY_HINT.filter(|_| matches!(json, Json::Array(_)));
    let mut faults = Faults::default();
    let body = B::from_json(json.clone(), &Place::Body, &mut faults);
    match body {
        Some(body) if faults.is_empty() => {
            if let Some(canonical) = canonical {
                json.write_sorted(canonical);
            }
            Ok(body)
        }
        _ => {
            let error = faults.into_error(ErrorCode::ValidationFailed);
            Err(match hint {
                Some(hint) => error.describe(hint),
                None => error,
            })
        }
    }
}

/// Says where the body is not valid JSON.
fn malformed(error: &ParseError) -> ApiError {
    ApiError::new(ErrorCode::BodyMalformed).describe(sentence(&error.to_string()))
}

/// Says how many bytes the body may have.
fn too_large(limit: usize) -> ApiError {
    ApiError::new(ErrorCode::BodyTooLarge).describe(format!("This operation accepts bodies of up to {limit} bytes."))
}

/// The text with a capital letter and a full stop.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
        None => String::new(),
    }
}

#[cfg(test)]
#[path = "fuzz_test.rs"]
mod fuzz;
