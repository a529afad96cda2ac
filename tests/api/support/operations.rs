//! Requests made from the OpenAPI document: an operation that is new there is asked for too.

use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

use super::{Caller, TestList, TestRequest, document, external_person, person};

/// A documented operation that asks for a token.
#[derive(Clone)]
pub struct Operation {
    pub method: Method,
    pub path: &'static str,
    described: &'static Value,
}

/// What path parameters and identifiers stand for.
#[derive(Clone)]
pub struct Things {
    pub list: String,
    pub records: Vec<String>,
}

impl Things {
    /// Ids that nobody has.
    pub fn absent() -> Self {
        Self {
            list: Uuid::now_v7().to_string(),
            records: vec![Uuid::now_v7().to_string(); 3],
        }
    }

    /// A new list whose records are those that the documented examples name.
    pub async fn create(owner: Caller) -> Self {
        let list = TestList::create(owner, "NOTHING").await;
        let mut people = vec![person("+14155550101")];
        for operation in operations() {
            for body in operation.documented_bodies() {
                let Value::Array(identifiers) = body else {
                    continue;
                };
                people.extend(identifiers.iter().filter_map(someone_with));
            }
        }
        let records = list.add(&people).await;
        Self { list: list.id, records }
    }

    fn value_of(&self, parameter: &str) -> &str {
        match parameter {
            "record_list_id" => &self.list,
            "record_id" => &self.records[0],
            other => panic!("these tests have nothing for the path parameter {other}"),
        }
    }
}

/// A record that the identifier of an example matches.
fn someone_with(identifier: &Value) -> Option<Value> {
    let text = |name: &str| identifier[name].as_str();
    if let (Some(provider), Some(id)) = (text("external_provider"), text("external_id")) {
        return Some(external_person("+14155550100", provider, id));
    }
    if let Some(number) = text("phone_number") {
        // A documented number need not be one that can be stored.
        return number.starts_with('+').then(|| person(number));
    }
    text("id").map(|_| person("+14155550100"))
}

/// All documented operations that ask for a token.
pub fn operations() -> Vec<Operation> {
    let paths = document()["paths"].as_object().expect("paths");
    let all = paths.iter().flat_map(|(path, item)| {
        let item = item.as_object().expect("operations");
        item.iter().map(move |(method, described)| (path, method, described))
    });
    all.filter(|(_, _, described)| asks_for_token(described))
        .map(|(path, method, described)| Operation {
            method: method.to_uppercase().parse().expect("a method"),
            path,
            described,
        })
        .collect()
}

/// An operation that needs no token says so by an empty list.
fn asks_for_token(described: &Value) -> bool {
    let own = described.get("security");
    let security = own.or_else(|| document().get("security"));
    security.is_none_or(|security| security.as_array().is_none_or(|all| !all.is_empty()))
}

/// The path with the query parameters that the operation needs, as the document shows them.
pub fn with_required_query(path: &str, described: &Value) -> String {
    let parameters = described["parameters"].as_array().into_iter().flatten();
    let required = parameters.filter(|parameter| parameter["in"] == "query" && parameter["required"] == true);
    let mut path = path.to_owned();
    for parameter in required {
        let [name, example] = ["name", "example"].map(|member| parameter[member].as_str().expect("a text"));
        path.push(if path.contains('?') { '&' } else { '?' });
        path.push_str(&format!("{name}={}", example.replace('+', "%2B")));
    }
    path
}

/// A documented path to what nobody has.
pub fn path_to_nothing(template: &str) -> String {
    let absent = Things::absent();
    path_to(template, |_| &absent)
}

/// A documented path, each of whose parameters stands for one of the things that `whose` has for its place.
fn path_to<'a>(template: &str, whose: impl Fn(usize) -> &'a Things) -> String {
    let mut path = template.to_owned();
    for (index, name) in path_parameters(template).enumerate() {
        path = path.replace(&format!("{{{name}}}"), whose(index).value_of(name));
    }
    path
}

fn path_parameters(template: &str) -> impl Iterator<Item = &str> {
    let parts = template.split('/');
    parts.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

impl Operation {
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub fn reads(&self) -> bool {
        self.method == Method::GET
    }

    /// The names of the path parameters in their order.
    pub fn path_parameters(&self) -> Vec<&'static str> {
        path_parameters(self.path).collect()
    }

    /// The path to these things; parameters from the one at `others_from` on stand for the others.
    pub fn path_to(&self, things: &Things, others: &Things, others_from: usize) -> String {
        let whose = |index| if index < others_from { things } else { others };
        path_to(self.path, whose)
    }

    /// The bodies of the document's examples that name these records; one that is absent where none is read.
    pub fn bodies(&self, things: &Things) -> Vec<Option<Value>> {
        if self.described.get("requestBody").is_none() {
            return vec![None];
        }
        let bodies = self.documented_bodies();
        assert!(!bodies.is_empty(), "{} has no example", self.name());
        let named = bodies.into_iter().map(|body| {
            let mut body = body.clone();
            for (item, id) in body.as_array_mut().into_iter().flatten().zip(&things.records) {
                if item.get("id").is_some() {
                    item["id"] = id.as_str().into();
                }
            }
            Some(body)
        });
        named.collect()
    }

    fn documented_bodies(&self) -> Vec<&'static Value> {
        let content = &self.described["requestBody"]["content"]["application/json"];
        let named = content["examples"].as_object().into_iter().flatten();
        let named = named.map(|(_, example)| &example["value"]);
        named.chain(content.get("example")).collect()
    }

    /// A request that is good but for its caller; a write has a key of its own.
    pub fn request(&self, caller: &Caller, path: &str, body: Option<&Value>) -> TestRequest {
        let parameters = self.described["parameters"].as_array().into_iter().flatten();
        let path = with_required_query(path, self.described);
        let mut request = caller.request(self.method.clone(), &path);
        if parameters.into_iter().any(|p| p["name"] == "Idempotency-Key") {
            request = request.header("idempotency-key", &Uuid::now_v7().to_string());
        }
        match body {
            Some(body) => request.json(body),
            None => request,
        }
    }
}
