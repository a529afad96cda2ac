//! A bare route of the same framework: it reads the body, responds with an error and does nothing else.
//!
//! It runs in a separate process of this program, so that it gets the same share of the machine as the service.

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

/// A running bare route. Its process is killed when this is dropped.
pub(crate) struct BareRoute {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl BareRoute {
    /// Starts a route that sends this response, and waits until it is listening.
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

/// Runs the bare route until the process is killed. The options are its address, and the status and body of its
/// response.
pub(crate) fn serve(options: &[String]) {
    let [address, status, body] = options else {
        panic!("an address, a status and a body are needed");
    };
    let status: StatusCode = status.parse().expect("a status");
    let body = Bytes::from(body.clone());
    // The service's default number of workers.
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
