//! A request that was let in: authorised first, validated second (api.md section 1, "order of checks").

pub mod body;
pub mod caller;
pub mod context;
pub mod idempotency;
pub mod json;
pub mod paging;
pub mod query;
pub mod request_id;
pub mod rules;
pub mod target;

use std::pin::Pin;

use actix_web::{FromRequest, HttpRequest, dev::Payload};

use self::{
    body::{BodySource, NoBody},
    caller::Caller,
    context::Context,
    idempotency::Repeatable,
    query::{FromQuery, Query},
    target::Target,
};
use super::response::error::ApiError;

/// What a handler gets. The caller `C` was let in before the query `Q` and the body `B` were looked at: nobody without
/// the scope makes the server read a body. `T` is what the path names.
pub struct Authorized<C: Caller, T, Q, B = NoBody> {
    /// Who asks.
    pub caller: C::Identity,
    /// What the operation is about.
    pub target: T,
    /// The checked query.
    pub query: Q,
    /// The checked body.
    pub body: B,
    /// The service, which the handler asks and answers by.
    pub context: Context,
}

impl<C, T, Q, B> FromRequest for Authorized<C, T, Q, B>
where
    C: Caller,
    T: Target<C::Identity>,
    Q: FromQuery,
    B: BodySource,
    Self: 'static,
{
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            let caller = match C::identify(&request) {
                Ok(caller) => caller,
                Err(error) => {
                    body::discard_what_came(&request, payload).await;
                    return Err(error);
                }
            };
            // Its meaning is read last: the query is checked first.
            let (bytes, room) = B::read(&request, payload).await?;
            let query = Query::read(request.query_string())?;
            let key = if Q::IS_WRITE { idempotency::key(&request)? } else { None };
            let body = B::parse(&request, &bytes)?;
            let repeatable = Repeatable::new::<Q>(key, &request, B::FINGERPRINT, &bytes);
            let target = T::parse(&request, &caller)?;
            let context = Context::new(&request, room, repeatable)?;
            Ok(Self {
                caller,
                target,
                query,
                body,
                context,
            })
        })
    }
}
