//! The conditions that no index has, in SQL (docs/contract.md section A.9.1): exact on both databases, so that the
//! database counts and cuts the page.

mod member;
mod patterns;

use sea_orm::{DbBackend, Value};

use crate::{
    domain::{RecordConditions, Timezone},
    store::{bind::json_text, page_query::PageQuery},
};

/// The conditions on a row of `record`, to be combined with AND. The cheap ones come first.
pub(super) fn conditions(query: &mut PageQuery, of: &RecordConditions) -> Vec<String> {
    let mut all = Vec::new();
    if !of.priorities.is_empty() {
        let priorities: Vec<String> = of.priorities.iter().map(u8::to_string).collect();
        all.push(format!("priority IN ({})", priorities.join(", ")));
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

fn among_zones(query: &mut PageQuery, zones: &[Timezone]) -> String {
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
