//! The context of an admitted request: its handler uses it to read from the store, to write to a list or an account,
//! and to respond.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web::Data};
use serde::Serialize;

use super::{body::LARGEST_BODY, idempotency::Repeatable, preconditions, request_id::RequestId};
use crate::{
    auth::Principal,
    clock,
    domain::{AccountId, Attribution, Paging},
    http::{
        response::{
            api_response::{ApiResponse, Render, respond_to_write},
            error::ApiError,
            format::{Format, HasAdditions},
        },
        state::AppState,
    },
    record_list::CommandError,
    shares::Room,
    store::{AccountWrite, ListKey, ListWrite, Read, lists::FindList},
};

/// How many bytes are reserved for each item of a page before it is read. Few have as many, and the largest have four
/// times as many; the number of pages that are made at once bounds what that can add.
const BYTES_OF_ITEM: usize = 5 * 1024;

/// The service as one request sees it.
pub struct Context {
    /// The format of the response.
    pub format: Format,
    state: Data<AppState>,
    account: AccountId,
    request_id: String,
    room: Room,
    repeatable: Repeatable,
    precondition_fails: bool,
}

impl Context {
    /// The context of a validated request of the account. `room` is the room that its body occupies.
    pub(crate) fn new(
        request: &HttpRequest,
        account: &AccountId,
        room: Room,
        repeatable: Repeatable,
        is_write: bool,
    ) -> Result<Self, ApiError> {
        let state = AppState::of(request)?;
        Ok(Self {
            format: Format::of(request, is_write, &state.links, state.wire_format),
            state: Data::clone(state),
            account: account.clone(),
            request_id: RequestId::of(request),
            room,
            repeatable,
            precondition_fails: is_write && preconditions::fail(request),
        })
    }

    /// Reads from the store. A read takes no lock and does not wait for writes.
    pub async fn read<R: Read>(&self, read: R) -> Result<R::Output, ApiError> {
        Ok(self.state.store.read(read).await?)
    }

    /// Reads a page of items, once there is room for it.
    pub async fn read_page<R: Read, K>(&mut self, read: R, paging: &Paging<K>) -> Result<R::Output, ApiError> {
        let items = usize::try_from(paging.per_page).unwrap_or(usize::MAX);
        let bytes = items.saturating_mul(BYTES_OF_ITEM).min(LARGEST_BODY);
        let room = self
            .state
            .memory
            .reserve(&self.account, bytes, self.state.queue_timeout);
        self.room = room.await.map_err(CommandError::from)?;
        self.read(read).await
    }

    /// Sends a write to the list, where it waits for its turn; `respond` creates the response from its output. If the
    /// write was carried out before with the caller's key, the saved response is returned.
    pub async fn write<W: ListWrite>(
        self,
        list: ListKey,
        write: W,
        respond: impl Fn(&W::Output, &Format) -> ApiResponse + Send + Sync + 'static,
    ) -> Result<HttpResponse, ApiError> {
        self.check_precondition(&list).await?;
        let render = rendering(self.format, respond);
        let once = self.repeatable.once(&render);
        let lists = &self.state.lists;
        let written = lists.write(&list, write, once, self.room.clone()).await?;
        respond_to_write(written, &render, self.room)
    }

    /// Sends a write to an account, such as the creation of a list; otherwise like [`Context::write`].
    pub async fn write_to_account<W: AccountWrite>(
        self,
        account: AccountId,
        write: W,
        respond: impl Fn(&W::Output, &Format) -> ApiResponse + Send + Sync + 'static,
    ) -> Result<HttpResponse, ApiError> {
        if self.precondition_fails {
            return Err(preconditions::failed());
        }
        let render = rendering(self.format, respond);
        let once = self.repeatable.once(&render);
        let lists = &self.state.lists;
        let written = lists.write_to_account(account, write, once, self.room.clone());
        respond_to_write(written.await?, &render, self.room)
    }

    /// Rejects a write to a list whose precondition fails, if the list exists.
    pub async fn check_precondition(&self, list: &ListKey) -> Result<(), ApiError> {
        if self.precondition_fails {
            self.read(FindList(list.clone())).await?;
            return Err(preconditions::failed());
        }
        Ok(())
    }

    /// Responds with a body, in the published form if that is asked for.
    pub fn respond_in_form(self, status: StatusCode, body: impl HasAdditions) -> HttpResponse {
        let response = self.format.response_in_form(status, body);
        self.respond_with(response)
    }

    /// Responds with a body, which is the same in every form.
    pub fn respond(self, status: StatusCode, body: &impl Serialize) -> HttpResponse {
        let response = self.format.response(status, body);
        self.respond_with(response)
    }

    /// Responds with what was made from the format.
    pub fn respond_with(self, response: ApiResponse) -> HttpResponse {
        response.into_response(self.room)
    }

    /// What the audit trail says about a deletion that this caller requests, with a new operation id.
    pub fn attribution(&self, caller: &Principal) -> Attribution {
        Attribution {
            operation_id: clock::new_id(),
            client_id: caller.client.clone(),
            request_id: self.request_id.clone(),
        }
    }
}

fn rendering<T: 'static>(
    format: Format,
    respond: impl Fn(&T, &Format) -> ApiResponse + Send + Sync + 'static,
) -> Render<T> {
    Arc::new(move |output| respond(output, &format))
}
