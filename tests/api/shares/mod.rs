//! What one account may take of the process and of the database, and that it cannot take the rest.

mod bodies;
mod rate;
mod saved;
mod turns;
mod unread;

use crate::support::{Caller, Claims, ServerProcess};

fn caller(server: &ServerProcess, account: &str) -> Caller {
    let authorization = format!("Bearer {}", Claims::of(account).token());
    server.as_anonymous().authorization(&authorization)
}
