//! The yardstick: the service that a user would write instead, as a good engineer writes it in an afternoon. Verified
//! tokens, one transaction per request, natural tables with `ON DELETE CASCADE`, and the same durability. There is no
//! option and no idempotency key.
//!
//! For the mixed load it keeps books as the service does: it locks the list, counts its records and deletions, and has an
//! audit trail of deletions. For other loads it does nothing of that.
//!
//! It runs in a separate process of this program, so that it gets the same share of the machine as the service.

mod answers;
mod books;
mod caller;
mod change;
mod failure;
mod postgres;
mod record;
mod routes;
mod sqlite;
mod tables;

use actix_web::{App, HttpServer, web};
use serde::Deserialize;

pub(crate) use self::tables::{fill_postgres, fill_sqlite};
use self::{books::Deletion, caller::Verifier, change::Change, postgres::Postgres, record::Record, sqlite::Sqlite};

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

/// A list of an account.
#[derive(Clone, Copy)]
struct ListKey<'a> {
    account: &'a str,
    id: &'a str,
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
    async fn open(url: &str, keeps_books: bool) -> sqlx::Result<Self> {
        Ok(if url.starts_with("postgres") {
            Self::Postgres(Postgres::open(url, keeps_books).await?)
        } else {
            Self::Sqlite(Sqlite::open(url, keeps_books).await?)
        })
    }

    /// Deletes records of a list. Returns for each identifier whether a record was deleted.
    async fn delete(&self, list: ListKey<'_>, identifiers: &Identifiers, deletion: &Deletion) -> Outcome<Vec<bool>> {
        match self {
            Self::Postgres(store) => store.delete(list, identifiers, deletion).await,
            Self::Sqlite(store) => store.delete(list, identifiers, deletion).await,
        }
    }

    /// Creates records in a list: all of them or, if a phone number is taken, none.
    async fn create(&self, list: ListKey<'_>, records: &[Record]) -> Outcome<()> {
        match self {
            Self::Postgres(store) => store.create(list, records).await,
            Self::Sqlite(store) => store.create(list, records).await,
        }
    }

    /// Changes records of a list. Returns for each change the record after it; `None` if there is none.
    async fn change(&self, list: ListKey<'_>, changes: &[Change]) -> Outcome<Vec<Option<Record>>> {
        match self {
            Self::Postgres(store) => store.change(list, changes).await,
            Self::Sqlite(store) => store.change(list, changes).await,
        }
    }
}

/// Runs the service until the process is killed. The options are its address and the URL of its database.
pub(crate) fn serve(options: &[String], keeps_books: bool) {
    let [address, url] = options else {
        panic!("an address and a URL are needed");
    };
    let ended = actix_rt::System::new().block_on(async {
        let store = web::Data::new(Store::open(url, keeps_books).await.expect("a database"));
        let verifier = web::Data::new(Verifier::new());
        let app = move || {
            let records = web::resource("/record-lists/{list}/records").route(web::post().to(routes::create_record));
            let bulks = web::resource("/record-lists/{list}/records/bulks")
                .route(web::delete().to(routes::delete_records))
                .route(web::post().to(routes::create_records))
                .route(web::patch().to(routes::change_records));
            let record = web::resource("/record-lists/{list}/records/{record}")
                .route(web::delete().to(routes::delete_record))
                .route(web::patch().to(routes::change_record));
            App::new()
                .app_data(store.clone())
                .app_data(verifier.clone())
                .service(bulks)
                .service(records)
                .service(record)
        };
        HttpServer::new(app).bind(address).expect("a free port").run().await
    });
    ended.expect("a server that ends well");
}
