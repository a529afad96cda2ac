//! Admitted requests: authorised first, then validated (docs/contract.md section 1.7).

pub mod body;
pub mod caller;
pub mod context;
pub mod faults;
pub mod idempotency;
pub mod json;
pub mod paging;
pub(crate) mod preconditions;
pub mod query;
pub mod request_id;
pub mod target;
pub(crate) mod trace_parent;

use std::pin::Pin;

use actix_web::{FromRequest, HttpRequest, dev::Payload};

use self::{
    body::{
        BodySource, NoBody,
        parsing::{self, Parsed, Unparsed},
    },
    caller::Caller,
    context::Context,
    idempotency::Repeatable,
    query::{FromQuery, Query},
    target::Target,
};
use super::response::error::ApiError;

/// What a handler receives. The caller `C` was authorised before the query `Q` and the body `B` were read, so a caller
/// without the scope cannot make the server read a body. `T` is what the path identifies.
pub struct Authorized<C: Caller, T, Q, B = NoBody> {
    /// The caller.
    pub caller: C::Identity,
    /// What the operation acts on.
    pub target: T,
    /// The validated query.
    pub query: Q,
    /// The validated body.
    pub body: B,
    /// The service, through which the handler reads, writes and responds.
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
            let caller = match C::identify(&request).await {
                Ok(caller) => caller,
                Err(error) => {
                    body::discard_what_came(&request, payload).await;
                    return Err(error);
                }
            };
            // The body is read here but parsed last: the query is checked first.
            let account = C::account(&caller);
            let (bytes, room) = B::read(&request, account, payload).await?;
            let query = Query::read(request.query_string())?;
            let key = if Q::IS_WRITE { idempotency::key(&request)? } else { None };
            let unparsed = Unparsed { bytes, room };
            let Parsed { body, room, canonical } = parsing::parse(&request, account, unparsed, key.is_some()).await?;
            let repeatable = Repeatable::new::<Q>(key.zip(canonical), &request, B::FINGERPRINT);
            let target = T::parse(&request, &caller)?;
            let context = Context::new(&request, account, room, repeatable, Q::IS_WRITE)?;
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
