//! The conditions that no index has, in SQL (docs/contract.md section A.9.1): exact on both databases, so that the
//! database counts and cuts the page.

mod member;
mod patterns;

use sea_orm::{DbBackend, Value};

use crate::{
    domain::{RecordConditions, Timezone},
    store::{bind::json_text, page_select::PageSelect},
};

/// The conditions on a row of `record`, to be combined with AND. The cheap ones come first.
pub(super) fn conditions(query: &mut PageSelect, of: &RecordConditions) -> Vec<String> {
    let mut all = Vec::new();
    if !of.priorities.is_empty() {
        all.push(among_priorities(query, &of.priorities));
    }
    query.within("updated_at", &of.updated_at, &mut all);
    if let Some(id) = &of.upload_request_id {
        let id = query.bind(id.as_str());
        all.push(format!("upload_request_id = {id}"));
    }
    if !of.timezones.is_empty() {
        all.push(among_zones(query, &of.timezones));
    }
    if let Some(search) = &of.search {
        all.push(patterns::begins(query, search));
    }
    for member in &of.extra_data {
        all.push(member::is_in_data(query, member));
    }
    all
}

fn among_priorities(query: &mut PageSelect, priorities: &[u8]) -> String {
    match query.backend {
        DbBackend::Postgres => {
            let priorities: Vec<i16> = priorities.iter().copied().map(i16::from).collect();
            let priorities = query.bind(Value::from(priorities));
            format!("priority = ANY({priorities})")
        }
        _ => {
            let priorities = query.bind(json_text(priorities));
            format!("priority IN (SELECT value FROM json_each({priorities}))")
        }
    }
}

fn among_zones(query: &mut PageSelect, zones: &[Timezone]) -> String {
    let names = zones.iter().map(Timezone::as_str);
    match query.backend {
        DbBackend::Postgres => {
            let names: Vec<String> = names.map(str::to_owned).collect();
            let names = query.bind(Value::from(names));
            format!("timezone = ANY({names})")
        }
        _ => {
            let names = query.bind(json_text(names));
            format!("timezone IN (SELECT value FROM json_each({names}))")
        }
    }
}
