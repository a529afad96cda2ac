//! The body of a request: its type and length are checked first, then its bytes are read, then they are parsed.

use actix_web::{
    HttpRequest,
    dev::Payload,
    http::{
        Method,
        header::{self, HeaderValue},
    },
    web::{Bytes, BytesMut},
};
use futures_util::{FutureExt, StreamExt};
use tokio::{task::yield_now, time::timeout};
use utoipa::openapi::{
    ContentBuilder, Required,
    request_body::{RequestBody, RequestBodyBuilder},
};

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
        state::AppState,
    },
    record_list::CommandError,
    shares::{Room, SMALL_BODY},
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
        read(request, account, payload, B::LIMIT).await
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
            not_json(),
            encoded(),
            CommandError::RateLimited.into(),
            CommandError::Overloaded.into(),
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
            .content(mime::APPLICATION_JSON.as_ref(), content)
            .required(Some(Required::True))
            .build();
        Some((body, schemas))
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

/// Checks the type of the body and reads all of it within the time limit. Returns it with the room that it occupies.
async fn read(
    request: &HttpRequest,
    account: &AccountId,
    mut payload: Payload,
    limit: usize,
) -> Result<(Bytes, Room), ApiError> {
    let body = read_within(AppState::of(request)?, request, account, &mut payload, limit).await;
    if let Err(error) = &body
        && matches!(error.code(), ErrorCode::Overloaded | ErrorCode::RateLimited)
    {
        // A client that has to retry should not have to reconnect as well.
        discard_what_came(request, payload).await;
    }
    body
}

async fn read_within(
    state: &AppState,
    request: &HttpRequest,
    account: &AccountId,
    payload: &mut Payload,
    limit: usize,
) -> Result<(Bytes, Room), ApiError> {
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let is_too_large = announced.is_some_and(|length| length > limit as u64);
    let length = Length::of(request, announced, limit);
    // A body that is too large is so however much room there is.
    if !is_too_large && !state.memory.has_share(account, length.first()) {
        return Err(CommandError::RateLimited.into());
    }
    check_encoding(request)?;
    check_media_type(request)?;
    if is_too_large {
        return Err(too_large(limit));
    }
    let reserve = |bytes| state.memory.reserve(account, bytes).map_err(CommandError::from);
    timeout(state.body_timeout, collect(payload, length, limit, reserve))
        .await
        .unwrap_or_else(|_| Err(ApiError::new(ErrorCode::RequestTimeout)))
}

/// What the head says about the length of the body, in bytes.
#[derive(Clone, Copy, Debug)]
enum Length {
    Known(usize),
    /// A body in chunks. Most of those are small, and any may be as long as is allowed.
    Unknown(usize),
}

impl Length {
    fn of(request: &HttpRequest, announced: Option<u64>, limit: usize) -> Self {
        match announced {
            Some(length) => Self::Known(usize::try_from(length).unwrap_or(usize::MAX)),
            None if request.headers().contains_key(header::TRANSFER_ENCODING) => Self::Unknown(limit),
            None => Self::Known(0),
        }
    }

    /// What has to be reserved with the first bytes.
    fn first(self) -> usize {
        match self {
            Self::Known(length) => length,
            Self::Unknown(limit) => limit.min(SMALL_BODY),
        }
    }
}

/// Discards as much of an unwanted body as arrived together with the head, and does not wait for more. A request that
/// was read completely leaves its connection open for the next one; an unread body closes it.
pub(crate) async fn discard_what_came(request: &HttpRequest, mut payload: Payload) {
    // A client that sent `Expect` has not sent its body yet, and reading would ask for it.
    if request.headers().contains_key(header::EXPECT) {
        return;
    }
    // The server reads what follows the head only if the response is not ready at once.
    yield_now().await;
    while let Some(Some(Ok(_))) = payload.next().now_or_never() {}
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

/// Reserves room for the whole body when its first bytes arrive: a client that sends nothing occupies nothing, one that
/// is let in can finish, and one that is not is refused before it has sent the rest. A body in chunks has room for a
/// small one first, and for the largest one when it turns out not to be small.
async fn collect(
    payload: &mut Payload,
    length: Length,
    limit: usize,
    reserve: impl Fn(usize) -> Result<Room, CommandError>,
) -> Result<(Bytes, Room), ApiError> {
    let mut bytes = BytesMut::new();
    let mut room = Room::none();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk
            .map_err(|_| ApiError::new(ErrorCode::BodyMalformed).describe("The body could not be read completely."))?;
        let new_length = bytes.len() + chunk.len();
        if new_length > limit {
            return Err(too_large(limit));
        }
        if bytes.is_empty() {
            room = reserve(length.first())?;
            bytes.reserve(length.first());
        }
        if new_length > room.bytes() {
            room.grow_to(limit).map_err(CommandError::from)?;
        }
        bytes.extend_from_slice(&chunk);
    }
    room.shrink_to(bytes.len());
    Ok((bytes.freeze(), room))
}

fn check_encoding(request: &HttpRequest) -> Result<(), ApiError> {
    let is_plain = request.headers().get_all(header::CONTENT_ENCODING).all(|encodings| {
        let mut encodings = encodings.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
        encodings.all(|encoding| encoding.is_empty() || encoding.eq_ignore_ascii_case(b"identity"))
    });
    if is_plain {
        return Ok(());
    }
    Err(encoded())
}

/// Accepts JSON in UTF-8 by any of its media types, or no media type at all.
fn check_media_type(request: &HttpRequest) -> Result<(), ApiError> {
    let mut types = request.headers().get_all(header::CONTENT_TYPE);
    match (types.next(), types.next()) {
        (None, _) => Ok(()),
        (Some(only), None) => match only.to_str().map(media_type) {
            Ok(MediaType::JsonInUtf8) => Ok(()),
            Ok(MediaType::JsonInAnotherCharset) => Err(not_utf8()),
            Ok(MediaType::Other) | Err(_) => Err(not_json()),
        },
        (Some(_), Some(_)) => Err(not_json()),
    }
}

/// What a `Content-Type` says of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MediaType {
    JsonInUtf8,
    JsonInAnotherCharset,
    Other,
}

fn media_type(content_type: &str) -> MediaType {
    // The parser does not accept the blanks that are allowed around the semicolons.
    let compact: Vec<&str> = content_type.split(';').map(str::trim).collect();
    let Ok(mime) = compact.join(";").parse::<mime::Mime>() else {
        return MediaType::Other;
    };
    let is_json = mime.essence_str() == mime::APPLICATION_JSON.as_ref() || mime.suffix() == Some(mime::JSON);
    let mut charsets = mime
        .params()
        .filter(|(name, _)| *name == mime::CHARSET)
        .map(|(_, charset)| charset);
    let is_utf8 = |charset: mime::Name<'_>| charset == mime::UTF_8 || charset.as_str().eq_ignore_ascii_case("utf8");
    if !is_json {
        MediaType::Other
    } else if charsets.all(is_utf8) {
        MediaType::JsonInUtf8
    } else {
        MediaType::JsonInAnotherCharset
    }
}

/// Says where the body is not valid JSON.
fn malformed(error: &ParseError) -> ApiError {
    ApiError::new(ErrorCode::BodyMalformed).describe(sentence(&error.to_string()))
}

/// Says that the media type is not JSON.
fn not_json() -> ApiError {
    ApiError::new(ErrorCode::UnsupportedMediaType)
        .describe("The Content-Type is not that of JSON. Send JSON in UTF-8 with Content-Type: application/json.")
}

/// Says that the charset is not UTF-8.
fn not_utf8() -> ApiError {
    ApiError::new(ErrorCode::UnsupportedMediaType).describe("The charset is not UTF-8. Send the body in UTF-8.")
}

/// Says that the body must not be compressed.
fn encoded() -> ApiError {
    ApiError::new(ErrorCode::UnsupportedMediaType)
        .describe("The body has a Content-Encoding. Send it without.")
        .with_header(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"))
}

/// Says how many bytes the body may have.
fn too_large(limit: usize) -> ApiError {
    ApiError::new(ErrorCode::BodyTooLarge).describe(format!("This operation accepts bodies of up to {limit} bytes."))
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_many_names() {
        use MediaType::{JsonInAnotherCharset, JsonInUtf8, Other};
        for (content_type, expected) in [
            ("application/json", JsonInUtf8),
            ("application/json;charset=UTF-8", JsonInUtf8),
            ("application/json; charset=\"utf-8\"", JsonInUtf8),
            ("application/json; charset=utf8", JsonInUtf8),
            ("application/json; charset=UTF8", JsonInUtf8),
            ("APPLICATION/JSON", JsonInUtf8),
            ("application/json ; charset=utf-8", JsonInUtf8),
            ("application/hal+json", JsonInUtf8),
            ("application/vnd.api+json", JsonInUtf8),
            ("text/vnd.api+json", JsonInUtf8),
            ("application/json; profile=x; version=1", JsonInUtf8),
            ("application/json; charset=iso-8859-1", JsonInAnotherCharset),
            ("application/json; charset=utf-16", JsonInAnotherCharset),
            ("application/json; charset=utf-8; charset=latin1", JsonInAnotherCharset),
            ("application/json+xml", Other),
            ("text/json", Other),
            ("text/plain", Other),
            ("text/plain; charset=utf-8", Other),
            ("application/x-www-form-urlencoded", Other),
            ("application/jsonp", Other),
            ("json", Other),
            ("", Other),
        ] {
            assert_eq!(media_type(content_type), expected, "{content_type}");
        }
    }
}

#[cfg(test)]
#[path = "body_fuzz_test.rs"]
mod fuzz;
