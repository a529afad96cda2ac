//! `record-lists serve`

use std::{net::SocketAddr, time::Duration};

use tokio::signal::unix::{SignalKind, signal};

use super::CommandResult;
use crate::{
    application::Application,
    auth::TokenIssuer,
    config::{Config, Settings},
    demo, telemetry,
};

/// How long the token that is printed at a development start counts.
const DEMO_TOKEN_TTL: Duration = Duration::from_secs(24 * 60 * 60);

pub(super) async fn run(settings: Settings) -> CommandResult {
    let settings = settings.with_file()?;
    telemetry::start(
        settings.log.as_deref(),
        settings.log_format.unwrap_or_default(),
    )
    .map_err(|error| format!("the log filter cannot be read: {error}"))?;
    let config = settings.resolve()?;
    let application = Application::build(config.clone()).await?;
    tracing::info!(address = %application.address(), "listening");
    if config.uses_development_key {
        print_welcome(&config, application.address())?;
    }
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping: accepted requests are finished first");
    };
    application.run_until(stop).await?;
    Ok(())
}

/// Tells a newcomer what to do next. It goes to standard output and not to the log: it holds a token.
fn print_welcome(config: &Config, address: SocketAddr) -> CommandResult {
    let issuer = TokenIssuer::new(&config.auth)?;
    let token = issuer.issue(&demo::account(), "demo", demo::SCOPE, DEMO_TOKEN_TTL)?;
    let list = demo::LIST.0;
    let body = include_str!("../../openapi/examples/bulk_delete_by_id.json");
    let body: String = body.split_whitespace().collect();
    println!(
        "record-lists is ready.

Swagger UI:  http://{address}/docs/

A token for the demo account, good for 24 hours:

{token}

Delete three records of the demo list:

curl -X DELETE http://{address}/record-lists/{list}/records/bulks \\
  -H 'Authorization: Bearer {token}' \\
  -H 'Content-Type: application/json' \\
  -d '{body}'

Start with --demo to bring the demo records back.
"
    );
    Ok(())
}
