//! The token endpoint, its clients and its keys (docs/contract.md section 1.17).

mod clients;
mod forged;
mod grants;
mod keys;
mod refusals;
mod rotation;
mod wrong_secrets;

use std::path::Path;

use base64::prelude::{BASE64_STANDARD, Engine};
use record_lists::{config::Settings, domain::SigningKey};
use serde_json::Value;

use crate::support::{Blocker, Caller, Database, TestApp, TestDatabase, TestResponse, program, run_well};

const TOKEN: &str = "/oauth/token";
const FORM: &str = "application/x-www-form-urlencoded";
pub const MANAGE: &str = "record-lists:manage";

/// The file that encrypts the keys of an application in this folder.
pub fn signing_key_file(folder: &Path) -> String {
    let path = folder.join("signing-key");
    std::fs::write(&path, [7; 32]).expect("a file");
    path.display().to_string()
}

/// Lets an application issue tokens.
fn issuing(database: &TestDatabase) -> impl FnOnce(&mut Settings) + use<> {
    let file = signing_key_file(database.folder.path());
    move |settings| settings.signing_key_file = Some(file.into())
}

/// An application that issues tokens.
async fn app_on(database: TestDatabase) -> TestApp {
    let change = issuing(&database);
    TestApp::on(database, change).await
}

/// A registered client.
pub struct Client {
    pub id: String,
    pub secret: String,
}

impl Client {
    /// Registers a client of the account beside a running server.
    pub fn add(database: &TestDatabase, account: &str, scope: &str) -> Self {
        let said = command(database, &["client", "add", "--account", account, "--scope", scope]);
        let added: Value = serde_json::from_str(&said).expect("a JSON object");
        let text = |name: &str| added[name].as_str().expect("a text").to_owned();
        Self {
            id: text("client_id"),
            secret: text("client_secret"),
        }
    }

    /// Revokes the client beside a running server.
    pub fn revoke(&self, database: &TestDatabase) {
        command(database, &["client", "revoke", &self.id]);
    }

    fn basic(&self) -> String {
        let credentials = format!("{}:{}", self.id, self.secret);
        format!("Basic {}", BASE64_STANDARD.encode(credentials))
    }

    /// Asks for a token with these members of the form, beside the grant.
    async fn ask(&self, caller: &Caller, members: &str) -> TestResponse {
        let form = format!("grant_type=client_credentials&{members}");
        post(&caller.clone().authorization(&self.basic()), &form).await
    }

    /// A token of all that is registered.
    async fn token(&self, caller: &Caller) -> String {
        let answer = self.ask(caller, "").await.assert_status(200);
        answer.json()["access_token"].as_str().expect("a token").to_owned()
    }
}

/// What a command says that works on this database.
#[track_caller]
fn command(database: &TestDatabase, arguments: &[&str]) -> String {
    let folder = database.folder.path();
    let mut command = program(folder);
    run_well(command.args(arguments).args(["--database-url", &database.url]))
}

/// Adds a key to the database, as a rotation does.
async fn insert_key(database: &TestDatabase, key: &SigningKey) {
    let hexadecimal = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let bytes = |bytes: &[u8]| match database.kind {
        Database::Sqlite => format!("x'{}'", hexadecimal(bytes)),
        Database::Postgres => format!("decode('{}', 'hex')", hexadecimal(bytes)),
    };
    let insert = format!(
        "INSERT INTO signing_key (kid, public_key, private_key, signs_from) VALUES ('{}', {}, {}, '{}')",
        key.kid,
        bytes(&key.public_key),
        bytes(&key.sealed),
        key.signs_from.to_rfc3339(),
    );
    let mut session = Blocker::connect(database).await;
    session.execute(&insert).await;
    session
        .execute("UPDATE credentials_version SET number = number + 1")
        .await;
}

/// Sends a form.
async fn post(caller: &Caller, form: &str) -> TestResponse {
    caller.post(TOKEN).header("content-type", FORM).body(form).send().await
}

#[track_caller]
fn assert_refused(answer: TestResponse, status: u16, error: &str) -> TestResponse {
    let answer = answer.assert_status(status);
    assert_eq!(answer.json()["error"], error, "{}", answer.json());
    answer
}

/// The status of a read with this token.
async fn status(app: &Caller, token: &str) -> u16 {
    let caller = app.clone().authorization(&format!("Bearer {token}"));
    caller.get("/record-lists").send().await.status.as_u16()
}
