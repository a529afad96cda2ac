//! The contract, through the public HTTP interface. The folders mirror the URLs; what belongs to no one URL stands
//! beside them.

#![expect(
    clippy::expect_used,
    unreachable_pub,
    reason = "a test fails by panicking, and is no library"
)]

mod access;
mod backup;
mod browser;
mod citations;
mod citus;
mod clients;
mod command_line;
mod commands;
mod concurrency;
mod configuration;
mod connections;
mod contract_diff;
mod cors;
mod database_faults;
mod database_files;
mod database_urls;
mod deletions;
mod demo;
mod deploy;
mod development;
mod docs;
mod documents;
mod error_examples;
mod exchange;
mod guides;
mod idempotency;
mod keep_alive;
mod lanes;
mod limits;
mod links;
mod linters;
mod lost_servers;
mod machine;
mod methods;
mod metrics;
mod model;
mod oauth;
mod openapi;
mod package;
mod passed_over;
mod poolers;
mod query_plans;
mod readiness;
mod record_lists;
mod records;
mod reliability;
mod replicas;
mod request_log;
mod settings_table;
mod shares;
mod start;
mod support;
mod systemd;
mod tls;
mod tokens;
mod traces;
mod turns;
mod unknown_commits;
