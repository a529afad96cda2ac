//! A bare route of the same framework: it reads the body and answers an error, and does nothing else.
//!
//! It runs in a process of its own, this program started once more, so that it has as much of the machine as the
//! service has.

use std::{
    net::SocketAddr,
    process::{Child, Command},
};

use actix_web::{
    App, HttpResponse, HttpServer,
    http::StatusCode,
    web::{Bytes, delete},
};

use crate::{load::Connection, service::free_address};

/// A running bare route, killed when dropped.
pub(crate) struct BareRoute {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl BareRoute {
    /// Starts a route that gives this answer, and waits until it listens.
    pub(crate) async fn start(status: u16, body: &str) -> Self {
        let address = free_address();
        let program = std::env::current_exe().expect("this program");
        let child = Command::new(program)
            .args(["--bare-route", &address.to_string(), &status.to_string(), body])
            .spawn()
            .expect("the program starts");
        let route = Self { child, address };
        Connection::wait_for(address).await;
        route
    }
}

impl Drop for BareRoute {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Is the bare route: address, status and body of its answer. Ends when it is killed.
pub(crate) fn serve(options: &[String]) {
    let [address, status, body] = options else {
        panic!("an address, a status and a body are needed");
    };
    let status: StatusCode = status.parse().expect("a status");
    let body = Bytes::from(body.clone());
    // As many as the service has by default.
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let server = HttpServer::new(move || {
        let body = body.clone();
        let handler = move |_: Bytes| {
            let body = body.clone();
            async move { HttpResponse::build(status).content_type("application/json").body(body) }
        };
        App::new().route("/record-lists/{list}/records/bulks", delete().to(handler))
    });
    let server = server.workers(workers).bind(address.as_str()).expect("a free port");
    let ended = actix_rt::System::new().block_on(server.run());
    ended.expect("a server that ends well");
}
