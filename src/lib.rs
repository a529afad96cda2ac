//! A self-hosted record-list service for outbound dialers.
//!
//! There are three layers: HTTP turns requests into validated writes, one actor per record list gives each write its
//! turn, and the store turns writes into transactions. A request passes down through the layers and back up once; no
//! layer knows the one above it.

#![warn(clippy::print_stderr, clippy::print_stdout)]

pub mod application;
pub mod auth;
pub mod authorization_server;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod domain;
mod fail_point;
mod fetch;
pub mod heartbeat;
pub mod http;
mod jobs;
pub mod metrics;
mod open_files;
pub mod record_list;
pub mod shares;
pub mod store;
pub mod systemd;
pub mod telemetry;
pub mod tls;
