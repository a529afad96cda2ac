//! What is left unread of a request's body when its answer is sent.
//!
//! The library closes such a connection when its client has ended, or after a time. Not so with a chunked body that
//! nobody holds any more: it reads on and throws away, for as long as chunks come. So the body is held here until its
//! answer is sent, whoever read it and however far.

use std::{
    cell::RefCell,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll},
};

use actix_http::{Payload, Request, Response};
use actix_service::{Service, ServiceFactory, fn_factory, fn_service};
use actix_web::{
    Error,
    body::{BodySize, BoxBody, MessageBody},
    dev::{AppConfig, ServiceResponse},
    web::Bytes,
};
use futures_util::{Stream, stream};

/// The application as a service whose answers hold the bodies that were not read to their ends.
pub(super) fn service<F, B>(
    app: impl Fn() -> F + 'static,
) -> impl ServiceFactory<
    Request,
    Config = (),
    Response = Response<BoxBody>,
    Error = Error,
    InitError = (),
    Service = impl Service<
        Request,
        Response = Response<BoxBody>,
        Error = Error,
        Future = impl Future<Output = Result<Response<BoxBody>, Error>> + 'static,
    > + 'static,
    Future = impl Future + 'static,
>
where
    F: ServiceFactory<
            Request,
            Config = AppConfig,
            Response = ServiceResponse<B>,
            Error = Error,
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
            Ok::<_, ()>(fn_service(move |request| answer(Rc::clone(&app), request)))
        }
    })
}

async fn answer<S, B>(app: Rc<S>, mut request: Request) -> Result<Response<BoxBody>, Error>
where
    S: Service<Request, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody + 'static,
{
    let unread = match request.take_payload() {
        Payload::None => None,
        body => {
            let (held, lent) = share(body);
            *request.payload() = lent;
            Some(held)
        }
    };
    let answer: Response<BoxBody> = match app.call(request).await {
        Ok(answer) => answer.map_into_boxed_body().into(),
        Err(error) => error.into(),
    };
    Ok(match unread {
        Some(unread) => holding(answer, unread),
        None => answer,
    })
}

/// An answer that holds this body until it is sent.
pub(super) fn holding(
    answer: Response<BoxBody>,
    unread: impl Sized + 'static,
) -> Response<BoxBody> {
    answer.map_body(|_, answer| {
        BoxBody::new(Holding {
            answer,
            _unread: unread,
        })
    })
}

/// A body for the application to read, and what keeps it when the application drops it.
fn share(body: Payload) -> (Rc<RefCell<Payload>>, Payload) {
    let held = Rc::new(RefCell::new(body));
    let read = Rc::clone(&held);
    let lent = stream::poll_fn(move |context| Pin::new(&mut *read.borrow_mut()).poll_next(context));
    let payload = Box::pin(lent) as _;
    (held, Payload::Stream { payload })
}

struct Holding<U> {
    answer: BoxBody,
    _unread: U,
}

// Neither part is ever pinned.
impl<U> Unpin for Holding<U> {}

impl<U> MessageBody for Holding<U> {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.answer.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.get_mut().answer).poll_next(context)
    }
}
