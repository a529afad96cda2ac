//! How the bytes of a body are read, and when room is reserved for them.

use actix_web::{
    HttpRequest,
    dev::Payload,
    http::header,
    web::{Bytes, BytesMut},
};
use futures_util::{FutureExt, StreamExt};
use tokio::{task::yield_now, time::timeout};

use super::{
    media_type::{check_encoding, check_media_type},
    too_large,
};
use crate::{
    domain::AccountId,
    http::{
        response::error::{ApiError, ErrorCode},
        state::AppState,
    },
    record_list::CommandError,
    shares::{Room, SMALL_BODY},
};

/// Checks the type of the body and reads all of it within the time limit. Returns it with the room that it occupies.
pub(super) async fn read(
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
