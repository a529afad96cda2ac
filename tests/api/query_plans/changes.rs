//! The statements that change lists and records.

use chrono::Utc;
use entity::record;
use record_lists::{
    domain::{ExternalReference, ListName, PhoneType, RecordId, text::Line},
    store::{
        LockedList,
        lists::statements as list_statements,
        records::{LookupIndex, change_statements},
        writes::statements,
    },
};
use sea_orm::{DbBackend, Statement};

/// Those that read what is changed, and those that change it.
pub fn of_changes(lock: &LockedList<'_>, ids: &[RecordId]) -> Vec<(&'static str, Statement)> {
    let (backend, list) = (lock.backend(), lock.list().id);
    let name = ListName::from_stored("Other".to_owned());
    let rows: Vec<_> = ids.iter().map(|id| row(lock, *id)).collect();
    let mut changes = vec![
        ("read a list", list_statements::read_list(lock)),
        ("rename a list", list_statements::rename_list(lock, &name, Utc::now())),
        ("read a record", change_statements::read_record(lock, ids[0])),
        ("last change of a list", statements::last_change_of_list(backend, list)),
        (
            "last change of a record",
            statements::last_change_of_record(backend, list, ids[0]),
        ),
    ];
    let reference = ExternalReference {
        provider: Line::from_stored("crm".to_owned()),
        id: Line::from_stored("7".to_owned()),
    };
    for index in LookupIndex::ALL {
        changes.push((
            "find by a reference",
            change_statements::find_by_reference(lock, index, &reference),
        ));
        if backend == DbBackend::Postgres {
            changes.push((
                "find by references",
                change_statements::find_by_references(lock, index, &[&reference]),
            ));
        }
    }
    changes.extend(match backend {
        DbBackend::Postgres => vec![
            ("read records", change_statements::read_records(lock, ids)),
            ("update records", change_statements::update_records(lock, &rows)),
        ],
        _ => {
            let values = change_statements::values_to_set(&rows[0]);
            let update = Statement::from_sql_and_values(backend, change_statements::UPDATE_RECORD, values);
            vec![("update a record", update)]
        }
    });
    changes
}

fn row(lock: &LockedList<'_>, id: RecordId) -> record::Model {
    record::Model {
        record_list_id: lock.list().id.0,
        id: id.0,
        first_name: "Ada".to_owned(),
        last_name: "Test".to_owned(),
        phone_number: "+14155550101".to_owned(),
        phone_type: PhoneType::Mobile,
        further_phone_numbers: Some(r#"[["+14155550102","HOME"]]"#.to_owned()),
        timezone: Some("Europe/London".to_owned()),
        priority: 9,
        extra_data: "{}".to_owned(),
        external_provider: None,
        external_id: None,
        external_url: Some("https://crm.example.com/1".to_owned()),
        sync_external_id: false,
        upload_request_id: None,
        phone_number_is_unique: false,
        external_is_unique: false,
        created_at: Utc::now(),
        updated_at: Utc::now(),
    }
}
