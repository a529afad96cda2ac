//! What the service promises when things fail, row by row as in docs/reliability.md. A module is a row; each fault is
//! real, on real server processes.

mod access;
mod bodies;
mod lengths;
mod schemathesis;
mod served;
