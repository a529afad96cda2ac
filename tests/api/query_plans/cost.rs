//! What statements cost in a list of a million records: a bounded amount for each record or key that they are about.

use entity::record;
use record_lists::{
    domain::{
        ExternalReference, Paging, PhoneNumber, Position, RecordFilter, RecordId, RecordListId, RecordSelection,
        UniqueIdentifierType, text::Line,
    },
    store::records::{page_statements, statements},
};
use rusqlite::StatementStatus;
use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, QueryTrait, Statement, TransactionTrait};
use uuid::Uuid;

use super::{RECORDS, after, hot_statements, settings_of};
use crate::support::{Database::Sqlite, TestApp, TestDatabase};

/// Records on a page.
pub const PER_PAGE: u64 = 50;

/// The most that a record of a page may cost in instructions of SQLite's machine. Reading the list takes millions.
const MAX_STEPS: u64 = 400;

/// The same in buffers of PostgreSQL. Reading the list takes over 10,000.
const MAX_BUFFERS: u64 = 20;

fn reference(n: i64) -> ExternalReference {
    ExternalReference {
        provider: Line::from_stored("crm".to_owned()),
        id: Line::from_stored(n.to_string()),
    }
}

/// A statement of a read.
struct Asked {
    name: String,
    statement: Statement,
    /// The number of rows, where it is that of something that is there.
    rows: Option<u64>,
}

impl Asked {
    fn new(name: impl Into<String>, statement: Statement) -> Self {
        Self {
            name: name.into(),
            statement,
            rows: None,
        }
    }

    fn with_rows(self, rows: u64) -> Self {
        Self {
            rows: Some(rows),
            ..self
        }
    }
}

/// The statements of reads. A page by its number reads what it passes over, too, so there is none far behind.
fn reads(backend: DbBackend, list: RecordListId, identified_by: UniqueIdentifierType) -> Vec<Asked> {
    let number = |n: i64| PhoneNumber::normalise(&format!("+1415{n:07}")).ok();
    let middle = RECORDS / 2;
    let at = |n: i64| Uuid::from_u128(u128::try_from(n).expect("a position"));
    let filters = [
        ("all", RecordFilter::All),
        ("by number", RecordFilter::PhoneNumber(number(middle))),
        ("by the last number", RecordFilter::PhoneNumber(number(RECORDS - 1))),
        ("by an unknown number", RecordFilter::PhoneNumber(number(9_999_999))),
        ("by pair", RecordFilter::External(reference(middle))),
        ("by the last pair", RecordFilter::External(reference(RECORDS - 1))),
        ("by an unknown pair", RecordFilter::External(reference(-1))),
    ];
    let positions = [
        ("first page", Position::Page(1)),
        ("third page", Position::Page(3)),
        ("after the first record", after(at(0))),
        ("after the middle", after(at(middle))),
        ("after the last record", after(at(RECORDS))),
    ];
    let mut reads = Vec::new();
    for (of, filter) in &filters {
        let selection = RecordSelection::of(filter.clone());
        for (place, position) in positions.clone() {
            let paging = Paging {
                per_page: PER_PAGE,
                position,
            };
            let page = page_statements::page_of_records(backend, list, identified_by, &selection, &paging);
            let page = Asked::new(format!("{of}, {place}"), page);
            reads.push(match (filter, &paging.position) {
                // The page, and one record that shows that there is another page.
                (RecordFilter::All, Position::Page(_)) => page.with_rows(PER_PAGE + 1),
                // The record, or one row that has the total.
                (RecordFilter::External(_), _) => page.with_rows(1),
                _ => page,
            });
        }
    }
    let ids: Vec<RecordId> = (middle..middle + 50).map(|n| RecordId(at(n))).collect();
    let one = record::Entity::find_by_id((list.0, at(middle))).build(backend);
    reads.extend([
        Asked::new("one record", one).with_rows(1),
        Asked::new("ids of a dry run", statements::resolve_ids(backend, list, &ids)).with_rows(PER_PAGE),
    ]);
    reads
}

pub(super) async fn assert_costs(app: &TestApp, id: RecordListId, identified_by: UniqueIdentifierType, ids: u128) {
    let meter = Meter::connect(&app.database).await;
    let backend = meter.backend();
    for Asked {
        name,
        statement,
        rows: expected,
    } in reads(backend, id, identified_by)
    {
        let (cost, rows) = meter.run("", &statement).await;
        let most = meter.most_for(PER_PAGE);
        assert!(cost <= most, "{name}: {cost} of at most {most}\n{statement}");
        assert!(
            expected.is_none_or(|expected| rows == expected),
            "{name}: {rows} rows\n{statement}"
        );
    }
    for (name, statement) in hot_statements(app, id, identified_by, ids).await {
        let (cost, _) = meter.run(settings_of(name), &statement).await;
        // Of two lists; there are a hundred of each other kind of key.
        let keys = 2 * u64::try_from(ids).expect("a few").max(100);
        let most = meter.most_for(keys);
        assert!(cost <= most, "{name}: {cost} of at most {most}\n{statement}");
    }
}

/// Runs statements and says what they cost.
pub enum Meter {
    Sqlite(rusqlite::Connection),
    Postgres(DatabaseConnection),
}

impl Meter {
    pub async fn connect(database: &TestDatabase) -> Self {
        if database.kind == Sqlite {
            let path = database.url.strip_prefix("sqlite://").expect("a path");
            return Self::Sqlite(rusqlite::Connection::open(path).expect("a connection"));
        }
        let connection = sea_orm::Database::connect(&database.direct_url).await;
        Self::Postgres(connection.expect("a connection"))
    }

    pub fn backend(&self) -> DbBackend {
        match self {
            Self::Sqlite(_) => DbBackend::Sqlite,
            Self::Postgres(connection) => connection.get_database_backend(),
        }
    }

    /// The most that so many records or keys may cost.
    pub fn most_for(&self, count: u64) -> u64 {
        count
            * match self {
                Self::Sqlite(_) => MAX_STEPS,
                Self::Postgres(_) => MAX_BUFFERS,
            }
    }

    /// What the statement cost in a transaction with these settings, and the number of rows that it gave. Nothing is
    /// changed.
    pub async fn run(&self, settings: &str, statement: &Statement) -> (u64, u64) {
        match self {
            Self::Sqlite(connection) => {
                connection.execute_batch("BEGIN").expect("a transaction");
                let mut prepared = connection.prepare(&statement.sql).expect("a statement");
                let values: Vec<_> = statement
                    .values
                    .iter()
                    .flat_map(|values| &values.0)
                    .map(of_sqlite)
                    .collect();
                for parameter in 1..=prepared.parameter_count() {
                    // `$7` is the seventh value, wherever it stands; a `?` has no name.
                    let name = prepared.parameter_name(parameter);
                    let number = name.and_then(|name| name[1..].parse().ok()).unwrap_or(parameter);
                    let bound = prepared.raw_bind_parameter(parameter, &values[number - 1]);
                    bound.expect("a parameter");
                }
                let mut found = prepared.raw_query();
                let mut rows = 0;
                while found.next().expect("a row").is_some() {
                    rows += 1;
                }
                drop(found);
                let steps = prepared.get_status(StatementStatus::VmStep);
                connection.execute_batch("ROLLBACK").expect("an end");
                (u64::try_from(steps).expect("a count"), rows)
            }
            Self::Postgres(connection) => {
                let explained = Statement {
                    sql: format!("EXPLAIN (ANALYZE, BUFFERS, TIMING OFF) {}", statement.sql),
                    ..statement.clone()
                };
                let transaction = connection.begin().await.expect("a transaction");
                transaction.execute_unprepared(settings).await.expect("settings");
                let rows = transaction.query_all_raw(explained).await.expect("a plan");
                transaction.rollback().await.expect("an end");
                let lines = rows.iter().map(|row| row.try_get("", "QUERY PLAN").expect("a line"));
                let plan: Vec<String> = lines.collect();
                // The first of each is that of the whole statement.
                let first = |start: &str| plan.iter().find_map(|line| Some(line.split_once(start)?.1));
                let buffers = first("Buffers: ").unwrap_or_default();
                let read = |kind: &str| {
                    let number = buffers.split_once(kind)?.1.split(' ').next()?;
                    number.parse::<u64>().ok()
                };
                let rows = first("(actual rows=").unwrap_or_default().split(' ').next();
                let rows = rows.and_then(|rows| rows.parse().ok()).expect("a number of rows");
                let kinds = ["hit=", "read="].into_iter().filter_map(read);
                (kinds.sum(), rows)
            }
        }
    }
}

/// A value as it is bound to a statement.
fn of_sqlite(value: &sea_orm::Value) -> rusqlite::types::Value {
    use sea_orm::Value::{BigInt, BigUnsigned, Bool, Bytes, ChronoDateTimeUtc, Int, SmallInt, String, Uuid};
    match value {
        ChronoDateTimeUtc(Some(time)) => time.to_rfc3339().into(),
        Uuid(Some(id)) => id.as_bytes().to_vec().into(),
        String(Some(text)) => text.clone().into(),
        BigInt(Some(number)) => (*number).into(),
        SmallInt(Some(number)) => (*number).into(),
        Int(Some(number)) => (*number).into(),
        BigUnsigned(Some(number)) => i64::try_from(*number).expect("a small number").into(),
        Bool(Some(value)) => (*value).into(),
        Bytes(Some(bytes)) => bytes.clone().into(),
        other => panic!("a kind of value that no read has: {other:?}"),
    }
}
