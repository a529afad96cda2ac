//! What finding records without an index costs: one pass over the list, whatever else the table has.

use record_lists::{
    domain::{
        Cursor, ExtraDataFilter, Order, Paging, PhoneNumber, Position, RecordConditions, RecordFilter, RecordListId,
        RecordSelection, RecordSort, Search, SearchField, Second, SortValue, SortedKey, TimeRange, Timezone,
        UniqueIdentifierType, text::Line,
    },
    store::records::{
        page_statements::{LOOK_AT_ALL, page_of_records},
        timezones::page_of_timezones,
    },
};
use sea_orm::{DbBackend, Statement};
use uuid::Uuid;

use super::{
    cost::Meter,
    explain::{explain, modes},
    rows::list_in_use,
};
use crate::support::{
    Blocker,
    Database::{Postgres, Sqlite},
    TestApp, apply, database_test,
};

/// Records of the list.
const RECORDS: i64 = 250_000;

/// The most that a record may cost in instructions of SQLite's machine, and in buffers of PostgreSQL.
const MAX_STEPS: u64 = 60;
const MAX_BUFFERS: u64 = 3;

/// Gives the records something to be found by.
async fn vary(session: &mut Blocker, list: &str) {
    let (list, number, zone) = match session {
        Blocker::Sqlite(_) => (
            format!("x'{}'", list.replace('-', "")),
            "CAST(external_id AS integer)",
            "'2026-11-30T01:' || printf('%02d:%02d', CAST(external_id AS integer) / 60 % 60, \
             CAST(external_id AS integer) % 60) || '.5+00:00'",
        ),
        Blocker::Postgres(_) => (
            format!("'{list}'"),
            "external_id::integer",
            "'2026-11-30T01:00:00.5Z'::timestamptz + external_id::integer % 3600 * interval '1 second'",
        ),
    };
    session
        .execute(&format!(
            "UPDATE record SET priority = 1 + {number} % 10, first_name = 'Person ' || external_id, \
             timezone = CASE {number} % 3 WHEN 0 THEN 'Europe/Berlin' WHEN 1 THEN 'America/New_York' END, \
             extra_data = '{{\"city\":\"Lisbon\",\"n\":' || external_id || ',\"text\":\"some more of it, as there is\"' || CASE {number} % 2 WHEN 0 THEN ',\"deep\":{{\"x\":1}}' ELSE '' END || '}}', \
             updated_at = {zone} WHERE record_list_id = {list}"
        ))
        .await;
    session
        .execute(if matches!(session, Blocker::Postgres(_)) {
            "VACUUM ANALYZE record"
        } else {
            "SELECT 1"
        })
        .await;
}

fn selections() -> Vec<(&'static str, RecordSelection)> {
    let by = |conditions| RecordSelection {
        conditions,
        ..RecordSelection::of(RecordFilter::All)
    };
    let none = RecordConditions::default;
    let search = |text: &str, fields| Some(Search::new(Line::new(text).expect("a text"), fields));
    let all = vec![
        SearchField::FirstName,
        SearchField::LastName,
        SearchField::PhoneNumber,
        SearchField::ExternalId,
    ];
    let member = |text: &str| ExtraDataFilter::parse(text).expect("a member");
    let ordered = |by, conditions| RecordSelection {
        conditions,
        order: Order::descending(by),
        ..RecordSelection::of(RecordFilter::All)
    };
    let number = PhoneNumber::normalise("+14150000007").ok();
    vec![
        (
            "search in all fields, all match",
            by(RecordConditions {
                search: search("person", all.clone()),
                ..none()
            }),
        ),
        (
            "search in all fields, none matches",
            by(RecordConditions {
                search: search("nobody", all.clone()),
                ..none()
            }),
        ),
        (
            "search for a number",
            by(RecordConditions {
                search: search("+1417000", all),
                ..none()
            }),
        ),
        (
            "priorities",
            by(RecordConditions {
                priorities: vec![3, 7],
                ..none()
            }),
        ),
        (
            "time zones",
            by(RecordConditions {
                timezones: vec![Timezone::from_stored("Europe/Berlin".to_owned())],
                ..none()
            }),
        ),
        (
            "time",
            by(RecordConditions {
                updated_at: TimeRange {
                    from: Second::parse("2026-11-30T01:30:00Z"),
                    to: None,
                },
                ..none()
            }),
        ),
        (
            "upload",
            by(RecordConditions {
                upload_request_id: Line::new("x").ok(),
                ..none()
            }),
        ),
        (
            "a member beside an object, all match",
            by(RecordConditions {
                extra_data: vec![member("deep:{\"x\":1}")],
                ..none()
            }),
        ),
        (
            "a member, few match",
            by(RecordConditions {
                extra_data: vec![member("n:77777")],
                ..none()
            }),
        ),
        (
            "a member, all match",
            by(RecordConditions {
                extra_data: vec![member("city:Lisbon")],
                ..none()
            }),
        ),
        ("order by time", ordered(RecordSort::UpdatedAt, none())),
        ("order by priority", ordered(RecordSort::Priority, none())),
        (
            "priorities by time",
            ordered(
                RecordSort::UpdatedAt,
                RecordConditions {
                    priorities: vec![3, 7],
                    ..none()
                },
            ),
        ),
        (
            "a number with a priority",
            RecordSelection {
                conditions: RecordConditions {
                    priorities: vec![8],
                    ..none()
                },
                ..RecordSelection::of(RecordFilter::PhoneNumber(number))
            },
        ),
    ]
}

pub fn statements(backend: DbBackend, list: RecordListId) -> Vec<(String, Statement)> {
    let mut all = Vec::new();
    for (name, selection) in selections() {
        let value = match selection.order.by {
            RecordSort::Id => SortValue::Nothing,
            RecordSort::UpdatedAt => SortValue::Number(1_796_002_200),
            RecordSort::Priority => SortValue::Number(5),
        };
        let after = SortedKey {
            value,
            id: Uuid::from_u128(100_000),
        };
        for position in [
            Position::Page(1),
            Position::Page(3),
            Position::After(Cursor { after, page: 2 }),
        ] {
            let of = format!("{name}, {position:?}");
            let paging = Paging { per_page: 50, position };
            let identified_by = UniqueIdentifierType::Nothing;
            all.push((of, page_of_records(backend, list, identified_by, &selection, &paging)));
        }
    }
    for search in [None, Line::new("europe").ok()] {
        let paging = Paging {
            per_page: 50,
            position: Position::Page(1),
        };
        all.push((
            format!("zones {search:?}"),
            page_of_timezones(backend, list, search.as_ref(), &paging),
        ));
    }
    all
}

#[apply(database_test)]
async fn finding_reads_the_list_once_and_no_other(app: TestApp) {
    let list = list_in_use(&app, UniqueIdentifierType::Nothing, RECORDS).await;
    let mut session = Blocker::connect(&app.database).await;
    vary(&mut session, &list.0.to_string()).await;
    let meter = Meter::connect(&app.database).await;
    let connection = sea_orm::Database::connect(&app.database.direct_url)
        .await
        .expect("a connection");
    for (name, statement) in statements(meter.backend(), list) {
        for mode in modes(statement.db_backend) {
            let plan = explain(&connection, LOOK_AT_ALL, mode, statement.clone()).await;
            let reads_other_lists = match app.database.kind {
                Sqlite => plan.lines().any(|line| line.starts_with("SCAN record")),
                Postgres => plan.contains("Seq Scan") || !plan.contains("(record_list_id = "),
            };
            assert!(!reads_other_lists, "{name}, {mode}:\n{plan}");
        }
        let (cost, rows) = meter.run(LOOK_AT_ALL, &statement).await;
        let most = RECORDS as u64
            * if app.database.kind == Sqlite {
                MAX_STEPS
            } else {
                MAX_BUFFERS
            };
        assert!(cost <= most, "{name}: {cost} of at most {most}\n{statement}");
        assert!(rows >= 1, "{name}");
    }
}
