//! `Keep-Alive`: says how long a connection may be idle, to clients that are old or ask (docs/contract.md section 1.5).

use actix_web::{
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        ConnectionType, Version,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
};

use super::progress::Progress;

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");

/// What a client is told about its connection, if it stays open.
pub(super) struct KeepAlive {
    told: Option<HeaderValue>,
    has_body: bool,
}

impl KeepAlive {
    pub(super) fn asked_by(request: &ServiceRequest) -> Self {
        let headers = request.headers();
        let is_asked = request.head().version < Version::HTTP_11 || asks(headers);
        let stays_open = request.head().connection_type() == ConnectionType::KeepAlive;
        let timeout = Progress::keep_alive(request).filter(|timeout| {
            // It is told in seconds.
            is_asked && stays_open && timeout.as_secs() > 0
        });
        Self {
            told: timeout.and_then(|timeout| HeaderValue::try_from(format!("timeout={}", timeout.as_secs())).ok()),
            has_body: headers.contains_key(header::CONTENT_LENGTH) || headers.contains_key(header::TRANSFER_ENCODING),
        }
    }

    pub(super) fn add_to(self, response: &mut ServiceResponse<impl MessageBody>) {
        // If the body is not read to its end, the connection has to be closed.
        let closes = response.response().head().connection_type() == ConnectionType::Close;
        let may_close = closes || self.has_body;
        if let Some(told) = self.told.filter(|_| !may_close) {
            response.headers_mut().insert(KEEP_ALIVE, told);
        }
    }
}

/// Whether the client sent `Keep-Alive`, or the option in `Connection`.
fn asks(headers: &HeaderMap) -> bool {
    let options = headers.get_all(header::CONNECTION);
    let mut options = options.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    headers.contains_key(KEEP_ALIVE) || options.any(|option| option.trim_ascii().eq_ignore_ascii_case(b"keep-alive"))
}
