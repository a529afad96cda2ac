//! What the service promises when things fail, row by row as in docs/reliability.md. A module is a row; each fault is
//! real, on real server processes.

mod access;
mod bodies;
mod crowd;
mod faults;
mod history;
mod kill;
mod lengths;
mod model_run;
mod nothing_personal;
mod overload;
mod panics;
mod postgres;
mod power_loss;
mod schemathesis;
mod served;
mod slow_clients;
mod sqlite;
mod stop;
mod three_processes;
mod upgrades;
