//! How the bytes of a body are read, and when room is reserved for them.

use actix_web::{
    HttpMessage, HttpRequest,
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
        server::{expect::Question, progress::Progress},
        state::AppState,
    },
    record_list::CommandError,
    shares::Room,
};

/// Checks the type of the body and reads all of it within the time limit. Returns it with the room that it occupies;
/// `room` says how much that is for a body of a length.
pub(super) async fn read(
    request: &HttpRequest,
    account: &AccountId,
    mut payload: Payload,
    limit: usize,
    room: fn(usize) -> usize,
) -> Result<(Bytes, Room), ApiError> {
    let body = read_within(AppState::of(request)?, request, account, &mut payload, limit, room).await;
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
    room_for: fn(usize) -> usize,
) -> Result<(Bytes, Room), ApiError> {
    let announced = announced_length(request);
    check_encoding(request)?;
    check_media_type(request)?;
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(too_large(limit));
    }
    // A body in chunks can turn out to have any length.
    let expected = announced.map_or(limit, |length| length as usize);
    let Some(first) = in_time(state, next(payload)).await? else {
        return Ok((Bytes::new(), Room::none()));
    };
    // Room for the whole body is reserved when its first bytes have come: a client that sends nothing occupies nothing,
    // one that is let in can finish, and one that is not is refused before it has sent the rest.
    let room = state
        .memory
        .reserve(account, room_for(expected), state.queue_timeout)
        .await;
    let room = room.map_err(CommandError::from)?;
    Progress::want_body(request);
    let mut bytes = BytesMut::with_capacity(announced.map_or(first.len(), |length| length as usize));
    in_time(state, collect(payload, first, &mut bytes, limit)).await?;
    room.resize(room_for(bytes.len()));
    Ok((bytes.freeze(), room))
}

/// Reads a body that is so short that no share of memory is needed for it, of a caller that is not known yet.
pub(crate) async fn read_unshared(
    request: &HttpRequest,
    mut payload: Payload,
    limit: usize,
) -> Result<Bytes, ApiError> {
    let state = AppState::of(request)?;
    check_encoding(request)?;
    if announced_length(request).is_some_and(|length| length > limit as u64) {
        return Err(too_large(limit));
    }
    let mut bytes = BytesMut::new();
    in_time(state, async {
        if let Some(first) = next(&mut payload).await? {
            Progress::want_body(request);
            collect(&mut payload, first, &mut bytes, limit).await?;
        }
        Ok(())
    })
    .await?;
    Ok(bytes.freeze())
}

fn announced_length(request: &HttpRequest) -> Option<u64> {
    let length = request.headers().get(header::CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

/// What the client does within the time for a body.
async fn in_time<T>(state: &AppState, work: impl Future<Output = Result<T, ApiError>>) -> Result<T, ApiError> {
    timeout(state.body_timeout, work)
        .await
        .unwrap_or_else(|_| Err(ApiError::new(ErrorCode::RequestTimeout)))
}

/// Discards as much of an unwanted body as arrived together with the head, and does not wait for more. A request that
/// was read completely leaves its connection open for the next one; an unread body closes it.
pub(crate) async fn discard_what_came(request: &HttpRequest, mut payload: Payload) {
    // A client that is still to be told whether to send its body has not sent it, and reading would ask for it.
    if request.extensions().contains::<Question>() {
        return;
    }
    Progress::want_body(request);
    // The server reads what follows the head only if the response is not ready at once. It asks for the response once
    // more before it reads what was held back.
    for _ in 0..2 {
        yield_now().await;
        while let Some(Some(Ok(_))) = payload.next().now_or_never() {}
    }
}

/// Adds the first bytes, and all that come after them.
async fn collect(payload: &mut Payload, first: Bytes, bytes: &mut BytesMut, limit: usize) -> Result<(), ApiError> {
    let mut chunk = Some(first);
    while let Some(more) = chunk {
        if bytes.len() + more.len() > limit {
            return Err(too_large(limit));
        }
        bytes.extend_from_slice(&more);
        chunk = next(payload).await?;
    }
    Ok(())
}

/// The next bytes; `None` at the end of the body.
async fn next(payload: &mut Payload) -> Result<Option<Bytes>, ApiError> {
    let chunk = payload.next().await.transpose();
    chunk.map_err(|_| ApiError::new(ErrorCode::BodyMalformed).describe("The body could not be read completely."))
}
