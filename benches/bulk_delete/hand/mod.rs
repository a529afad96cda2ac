//! The yardstick: the service that a user would write instead, as a good engineer writes it in an afternoon. Verified
//! tokens, one transaction per request, natural tables with `ON DELETE CASCADE`, and the same durability. There is no
//! lock on the list, no count, no audit trail and no option.
//!
//! It runs in a separate process of this program, so that it gets the same share of the machine as the service.

mod caller;
mod postgres;
mod routes;
mod sqlite;
mod tables;

use actix_web::{App, HttpServer, web};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(crate) use self::tables::{fill_postgres, fill_sqlite};
use self::{caller::Verifier, postgres::Postgres, sqlite::Sqlite};

/// Identifiers of records to delete, all of one kind.
#[derive(Deserialize)]
#[serde(untagged)]
enum Identifiers {
    Ids(Vec<Id>),
    PhoneNumbers(Vec<Number>),
    Pairs(Vec<Pair>),
}

#[derive(Deserialize)]
struct Id {
    id: String,
}

#[derive(Deserialize)]
struct Number {
    phone_number: String,
}

#[derive(Deserialize)]
struct Pair {
    external_provider: String,
    external_id: String,
}

/// A record to create.
#[derive(Deserialize, Serialize)]
struct NewRecord {
    first_name: String,
    last_name: String,
    phone_numbers: Vec<NewNumber>,
    timezone: Option<String>,
    #[serde(default = "default_priority")]
    priority: i32,
    #[serde(default)]
    extra_data: Map<String, Value>,
    external_provider: Option<String>,
    external_id: Option<String>,
    external_url: Option<String>,
}

#[derive(Deserialize, Serialize)]
struct NewNumber {
    phone_number: String,
    phone_type: String,
}

fn default_priority() -> i32 {
    5
}

/// What the statements have done: `None` if the account has no such list.
type Outcome<T> = sqlx::Result<Option<T>>;

/// The database.
#[derive(Clone)]
enum Store {
    Postgres(Postgres),
    Sqlite(Sqlite),
}

impl Store {
    async fn open(url: &str) -> sqlx::Result<Self> {
        Ok(if url.starts_with("postgres") {
            Self::Postgres(Postgres::open(url).await?)
        } else {
            Self::Sqlite(Sqlite::open(url).await?)
        })
    }

    /// Deletes records of a list. Returns for each identifier whether a record was deleted.
    async fn delete(&self, account: &str, list: &str, identifiers: &Identifiers) -> Outcome<Vec<bool>> {
        match self {
            Self::Postgres(store) => store.delete(account, list, identifiers).await,
            Self::Sqlite(store) => store.delete(account, list, identifiers).await,
        }
    }

    /// Creates records with these ids in a list: all of them or, if a phone number is taken, none.
    async fn create(&self, account: &str, list: &str, ids: &[String], records: &[NewRecord]) -> Outcome<()> {
        match self {
            Self::Postgres(store) => store.create(account, list, ids, records).await,
            Self::Sqlite(store) => store.create(account, list, ids, records).await,
        }
    }
}

/// Runs the service until the process is killed. The options are its address and the URL of its database.
pub(crate) fn serve(options: &[String]) {
    let [address, url] = options else {
        panic!("an address and a URL are needed");
    };
    let ended = actix_rt::System::new().block_on(async {
        let store = web::Data::new(Store::open(url).await.expect("a database"));
        let verifier = web::Data::new(Verifier::new());
        let app = move || {
            let bulks = web::resource("/record-lists/{list}/records/bulks")
                .route(web::delete().to(routes::delete_records))
                .route(web::post().to(routes::create_records));
            App::new()
                .app_data(store.clone())
                .app_data(verifier.clone())
                .service(bulks)
        };
        HttpServer::new(app).bind(address).expect("a free port").run().await
    });
    ended.expect("a server that ends well");
}
