//! Where a body is parsed: a large one not on the thread that reads requests, and few of them at once.

use std::sync::Arc;

use actix_web::{
    HttpRequest,
    http::Method,
    web::{self, Bytes},
};
use tokio::sync::Semaphore;

use super::body::BodySource;
use crate::{
    fail_point::fail_point,
    http::{
        response::error::{ApiError, ErrorCode},
        state::AppState,
    },
};

/// The maximum length of a body that is parsed on the thread that reads requests, in bytes. That takes less than a
/// millisecond.
const SMALL: usize = 64 * 1024;

/// Turns to parse a large body. Clones share them.
#[derive(Clone, Debug)]
pub struct ParsingTurns(Arc<Semaphore>);

impl ParsingTurns {
    /// Half of the processors, so that the others go on with requests.
    pub fn of_processors() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new((processors / 2).max(1))))
    }
}

/// A body, and if that is wanted its canonical form.
type Parsed<B> = Result<(B, Option<Vec<u8>>), ApiError>;

/// Parses the body.
pub(super) async fn parse<B: BodySource>(request: &HttpRequest, bytes: Bytes, with_canonical: bool) -> Parsed<B> {
    if bytes.len() <= SMALL {
        return parse_now(request.method(), &bytes, with_canonical);
    }
    let turns = Arc::clone(&AppState::of(request)?.parsing.0);
    let turn = turns.acquire_owned().await;
    let method = request.method().clone();
    let parsed = web::block(move || {
        fail_point!("parse");
        let parsed = parse_now(&method, &bytes, with_canonical);
        drop(turn);
        parsed
    });
    parsed.await.unwrap_or_else(|_| {
        tracing::error!("the parser panicked");
        Err(ApiError::new(ErrorCode::Internal))
    })
}

fn parse_now<B: BodySource>(method: &Method, bytes: &[u8], with_canonical: bool) -> Parsed<B> {
    let mut canonical = with_canonical.then(Vec::new);
    let body = B::parse(method, bytes, canonical.as_mut())?;
    Ok((body, canonical))
}
