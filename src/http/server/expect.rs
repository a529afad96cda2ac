//! `Expect: 100-continue`: decides whether a client should send its body at all.
//!
//! The library sends `100 Continue` to every client before the application has seen the request. Here the application
//! is called first, with a body that notes whether it is read. A response that does not need the body (401, 403, 404,
//! 405, 413, 415, and 429 for too many requests) is final, and the client never sends the body.

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    pin::pin,
    rc::Rc,
    task::Poll,
};

use actix_http::{HttpMessage, Payload, Request, Response, body::BoxBody, error::PayloadError};
use actix_service::{Service, ServiceFactory, fn_factory, fn_service};
use actix_web::{
    body::MessageBody,
    dev::{AppConfig, ServiceResponse},
    web::Bytes,
};
use futures_util::stream;

use super::progress::Progress;
use crate::shares::Allowance;

/// Marks the question whether a body is wanted, which is answered like a request.
#[derive(Clone, Default)]
pub(crate) struct Question {
    /// What the account may still send, once the question was counted: the request itself is not counted again.
    pub(crate) allowance: Rc<Cell<Option<Allowance>>>,
}

/// A service that passes a request on if its body is wanted, and otherwise responds to it.
pub(crate) fn service<F, B>(
    app: impl Fn() -> F + 'static,
) -> impl ServiceFactory<
    Request,
    Config = (),
    Response = Request,
    Error = Response<BoxBody>,
    InitError = (),
    Service = impl Service<
        Request,
        Response = Request,
        Error = Response<BoxBody>,
        Future = impl Future<Output = Result<Request, Response<BoxBody>>> + 'static,
    > + 'static,
    Future = impl Future + 'static,
>
where
    F: ServiceFactory<
            Request,
            Config = AppConfig,
            Response = ServiceResponse<B>,
            Error = actix_web::Error,
            InitError = (),
        >,
    F::Future: 'static,
    F::Service: 'static,
    B: MessageBody + 'static,
{
    fn_factory(move || {
        let app = app().new_service(AppConfig::default());
        async move {
            let app = Rc::new(app.await?);
            Ok::<_, ()>(fn_service(move |request| ask(Rc::clone(&app), request)))
        }
    })
}

async fn ask<S, B>(app: Rc<S>, request: Request) -> Result<Request, Response<BoxBody>>
where
    S: Service<Request, Response = ServiceResponse<B>, Error = actix_web::Error>,
    B: MessageBody + 'static,
{
    // The question itself knows no connection. If its response is final, nothing else tells that the request has one.
    let _under_way = request.conn_data().map(Progress::begin_with);
    let is_wanted = Rc::new(Cell::new(false));
    let noted = Rc::clone(&is_wanted);
    let body = stream::poll_fn(move |_| {
        noted.set(true);
        Poll::<Option<Result<Bytes, PayloadError>>>::Pending
    });
    let mut question = Request::with_payload(Payload::Stream {
        payload: Box::pin(body) as _,
    });
    question.head_mut().clone_from(request.head());
    let mark = Question::default();
    question.extensions_mut().insert(mark.clone());
    let mut response = pin!(app.call(question));
    let response = poll_fn(|context| match response.as_mut().poll(context) {
        Poll::Ready(response) => Poll::Ready(Some(response)),
        Poll::Pending if is_wanted.get() => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    })
    .await;
    match response {
        None => {
            if let Some(allowance) = mark.allowance.get() {
                request.extensions_mut().insert(allowance);
            }
            Ok(request)
        }
        Some(Ok(response)) => Err(response.map_into_boxed_body().into()),
        Some(Err(error)) => Err(error.error_response().into()),
    }
}
