//! Where a body is parsed: a large one not on a thread that reads requests, few of them at once, and those of the
//! accounts in turn.

use actix_web::{
    HttpRequest,
    http::Method,
    web::{self, Bytes},
};

use super::BodySource;
use crate::{
    domain::AccountId,
    fail_point::fail_point,
    http::{
        response::error::{ApiError, ErrorCode},
        state::AppState,
    },
    shares::{Gate, Room},
};

/// The maximum length of a body that is parsed on the thread that reads requests, in bytes. A hostile one takes a few
/// milliseconds.
const PARSED_IN_PLACE: usize = 64 * 1024;

/// The gate before the parsing of large bodies. Clones are the same gate.
#[derive(Clone)]
pub struct ParsingGate(Gate<AccountId>);

impl ParsingGate {
    /// Lets half of the processors parse, so that the others go on with requests.
    pub fn of_processors() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Gate::new(processors / 2))
    }
}

/// The bytes of a body, and the room that they occupy.
pub(in crate::http::request) struct Unparsed {
    pub(in crate::http::request) bytes: Bytes,
    pub(in crate::http::request) room: Room,
}

/// A body, the room that it occupies, and its canonical form if that is wanted.
pub(in crate::http::request) struct Parsed<B> {
    pub(in crate::http::request) body: B,
    pub(in crate::http::request) room: Room,
    pub(in crate::http::request) canonical: Option<Vec<u8>>,
}

/// Parses the body of a request of the account.
pub(in crate::http::request) async fn parse<B: BodySource>(
    request: &HttpRequest,
    account: &AccountId,
    unparsed: Unparsed,
    with_canonical: bool,
) -> Result<Parsed<B>, ApiError> {
    let length = unparsed.bytes.len();
    if length <= PARSED_IN_PLACE {
        return parse_now(request.method(), unparsed, with_canonical);
    }
    let gate = &AppState::of(request)?.parsing.0;
    let pass = gate.pass(account.clone(), length / PARSED_IN_PLACE).await;
    let method = request.method().clone();
    // The room and the pass go with the bytes: the client may leave meanwhile.
    let parsed = web::block(move || {
        fail_point!("parse");
        let parsed = parse_now(&method, unparsed, with_canonical);
        drop(pass);
        parsed
    });
    parsed.await.unwrap_or_else(|_| {
        tracing::error!("the parser panicked");
        Err(ApiError::new(ErrorCode::Internal))
    })
}

fn parse_now<B: BodySource>(method: &Method, unparsed: Unparsed, with_canonical: bool) -> Result<Parsed<B>, ApiError> {
    let Unparsed { bytes, room } = unparsed;
    let mut canonical = with_canonical.then(Vec::new);
    let body = B::parse(method, &bytes, canonical.as_mut())?;
    Ok(Parsed { body, room, canonical })
}
