//! Bodies that are sent in slices: what a slow client has not read yet is not copied into a send buffer as a whole, and
//! occupies room until it has been.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{
    body::{BodySize, MessageBody},
    web::Bytes,
};

use crate::shares::Room;

/// The size of a slice, in bytes: that of the library's buffer, which is not filled further.
const SLICE: usize = 32 * 1024;

/// A complete body that is sent in slices.
pub(crate) struct Slices {
    rest: Bytes,
    _room: Room,
}

impl Slices {
    /// The body of a response, with the room that the request occupies. More than a slice goes on occupying it.
    pub(crate) fn new(body: Bytes, room: Room) -> Self {
        room.resize(if body.len() > SLICE { body.len() } else { 0 });
        Self {
            rest: body,
            _room: room,
        }
    }
}

impl MessageBody for Slices {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.rest.len() as u64)
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let length = self.rest.len().min(SLICE);
        let slice = self.rest.split_to(length);
        Poll::Ready((!slice.is_empty()).then_some(Ok(slice)))
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use actix_web::body::to_bytes;

    use super::*;

    #[actix_rt::test]
    async fn slices_are_the_whole() {
        for length in [0, 1, SLICE, SLICE + 1, 3 * SLICE + 7] {
            let whole: Bytes = (0..length).map(|n| n as u8).collect();
            let slices = Slices::new(whole.clone(), Room::none());
            assert_eq!(slices.size(), BodySize::Sized(length as u64));
            assert_eq!(to_bytes(slices).await.unwrap(), whole);
            let mut slices = Slices::new(whole, Room::none());
            let next = poll_fn(|context| Pin::new(&mut slices).poll_next(context)).await;
            assert_eq!(next.map_or(0, |next| next.unwrap().len()), length.min(SLICE));
        }
    }
}
