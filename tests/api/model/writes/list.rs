//! A list in memory, and what each write makes of it and answers, written from docs/contract.md without a look at the
//! code.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    super::{
        cases::{Kind, Request},
        section_5,
    },
    cases::{Case, Item, Write},
    patch::{self, Fault},
    record::{self, faults, is_half, normal, numbers, reference},
    results::{Outcome, Results},
};
use crate::support::{LONG_AGO, has_additions};

pub struct Record {
    /// The writable members.
    pub members: Value,
    /// Whether it was made, or its values changed, since everything was dated back.
    pub is_touched: bool,
    pub is_new: bool,
}

/// A list as sections 2 to 5 describe it.
pub struct Model {
    identified_by: &'static str,
    pub name: &'static str,
    pub is_renamed: bool,
    /// By the order of creation.
    pub records: BTreeMap<usize, Record>,
    /// How many records were ever made.
    pub made: usize,
    /// Kind and totals of each deletion that was carried out.
    pub audit: Vec<Value>,
    /// Whether everything was dated back once.
    is_aged: bool,
}

impl Model {
    pub fn of(case: &Case) -> Self {
        Self {
            identified_by: case.identified_by,
            name: super::cases::NAMES[0],
            is_renamed: true,
            records: BTreeMap::new(),
            made: 0,
            audit: Vec::new(),
            is_aged: false,
        }
    }

    /// Dates everything back.
    pub fn age(&mut self) {
        self.is_aged = true;
        self.is_renamed = false;
        for record in self.records.values_mut() {
            record.is_touched = false;
            record.is_new = false;
        }
    }

    /// The records as they are read.
    pub fn shown(&self) -> Vec<Value> {
        self.records.keys().map(|place| self.shown_at(*place)).collect()
    }

    pub fn shown_at(&self, place: usize) -> Value {
        let members = &self.records[&place].members;
        let mut shown = members.clone();
        shown["place"] = place.into();
        shown["phone_number"] = numbers(members)[0].into();
        shown["sync_external_id"] = false.into();
        shown
    }

    /// Carries out a write that was made when so many records had been made; the answer as [`super::shown`] shows it.
    pub fn answer(&mut self, write: &Write, known: usize) -> Value {
        let before: Vec<_> = self.records.iter().map(|(at, r)| (*at, r.members.clone())).collect();
        let answer = self.carry_out(write, known);
        // It is the request that touches a record, and not each of its items.
        for (place, members) in before {
            if let Some(record) = self.records.get_mut(&place) {
                record.is_touched |= record.members != members;
            }
        }
        answer.unwrap_or_else(|(status, code)| json!({"status": status, "is_operation": false, "code": code}))
    }

    fn carry_out(&mut self, write: &Write, known: usize) -> Result<Value, Fault> {
        match write {
            Write::Create(record) => self.create(record),
            Write::CreateMany { on_duplicate, records } => self.create_many(*on_duplicate, records),
            Write::Patch { key, operations } => self.patch(self.at(*key, known), operations),
            Write::ChangeMany { on_missing, items } => Ok(self.change_many(*on_missing, items, known)),
            Write::Delete(key) => {
                let place = self.at(*key, known);
                self.delete("RECORD", |at, _| Some(at) == place)
            }
            Write::DeleteByNumber(number) => {
                let number = normal(&number.as_str().into());
                self.delete("PHONE_NUMBER", |_, record| {
                    number
                        .as_deref()
                        .is_some_and(|number| numbers(record).contains(&number))
                })
            }
            Write::DeleteByReference(provider, id) => self.delete("EXTERNAL", |_, record| {
                reference(record) == (Some(provider), Some(id.as_str()))
            }),
            Write::DeleteMany(request) => Ok(self.delete_many(request, known)),
            Write::Rename { name, .. } => {
                self.is_renamed |= self.name != *name;
                self.name = name;
                Ok(json!({"status": 200, "is_operation": false, "name": name}))
            }
        }
    }

    /// The place that a key means.
    fn at(&self, key: u8, known: usize) -> Option<usize> {
        let place = known.checked_sub(usize::from(key) + 1);
        place.filter(|place| self.records.contains_key(place))
    }

    /// What breaks the uniqueness of the list, of a record at a place or of one that has none yet.
    fn duplicate(&self, record: &Value, own: Option<usize>) -> Option<&'static str> {
        let is_other = |place: &usize| Some(*place) != own;
        match self.identified_by {
            "PHONE_NUMBER" => {
                let mut twins = self.with_number_of(record).into_iter();
                twins.any(|place| is_other(&place)).then_some("PHONE_NUMBER_NOT_UNIQUE")
            }
            "EXTERNAL" => {
                let mut twins = self.with_reference_of(record).into_iter();
                twins.any(|place| is_other(&place)).then_some("OTHER")
            }
            _ => None,
        }
    }

    fn with_number_of(&self, record: &Value) -> Vec<usize> {
        self.places(|own| numbers(own).iter().any(|number| numbers(record).contains(number)))
    }

    fn with_reference_of(&self, record: &Value) -> Vec<usize> {
        self.places(|own| reference(own).0.is_some() && reference(own) == reference(record))
    }

    fn places(&self, is_meant: impl Fn(&Value) -> bool) -> Vec<usize> {
        let meant = self.records.iter().filter(|(_, record)| is_meant(&record.members));
        meant.map(|(place, _)| *place).collect()
    }

    /// All that is wrong with a record that may be made.
    fn faults_of_new(&self, record: &Value) -> Vec<&'static str> {
        let mut codes = faults(record, true);
        if self.identified_by == "EXTERNAL" && reference(record) == (None, None) {
            codes.push("EXTERNAL_REF_MISSING");
        }
        codes
    }

    fn insert(&mut self, members: Value) -> usize {
        let record = Record {
            members,
            is_touched: true,
            is_new: true,
        };
        self.records.insert(self.made, record);
        self.made += 1;
        self.made - 1
    }

    /// Makes this of a record.
    fn become_this(&mut self, place: usize, members: Value) {
        self.records.get_mut(&place).expect("a record").members = members;
    }

    fn create(&mut self, record: &Value) -> Result<Value, Fault> {
        if !self.faults_of_new(record).is_empty() {
            return Err((400, "VALIDATION_FAILED"));
        }
        let made = record::new(record, 11);
        if self.duplicate(&made, None).is_some() {
            return Err((409, "DUPLICATE_RECORD"));
        }
        let place = self.insert(made);
        Ok(json!({"status": 201, "is_operation": false, "record": self.shown_at(place)}))
    }

    fn create_many(&mut self, on_duplicate: Option<&str>, records: &[Value]) -> Result<Value, Fault> {
        let on_duplicate = on_duplicate.unwrap_or("fail");
        if self.identified_by == "NOTHING" && on_duplicate != "fail" {
            return Err((400, "QUERY_INVALID"));
        }
        let mut results = Results::default();
        for record in records {
            let outcome = self.create_one(on_duplicate, record);
            results.add(self, outcome);
        }
        Ok(results.told(201, true))
    }

    fn create_one(&mut self, on_duplicate: &str, record: &Value) -> Outcome {
        let codes = self.faults_of_new(record);
        if !codes.is_empty() {
            return Err(codes);
        }
        let made = record::new(record, 5);
        let twins = match self.identified_by {
            "PHONE_NUMBER" => self.with_number_of(&made),
            "EXTERNAL" => self.with_reference_of(&made),
            _ => Vec::new(),
        };
        match (&twins[..], on_duplicate) {
            ([], _) => Ok((self.insert(made), "CREATED")),
            ([twin], "skip") => Ok((*twin, "SKIPPED")),
            ([twin], "update") => {
                let mut members = self.records[twin].members.clone();
                record::set(&mut members, record, true);
                self.become_this(*twin, members);
                Ok((*twin, "UPDATED"))
            }
            _ => Err(self.duplicate(&made, None).into_iter().collect()),
        }
    }

    fn patch(&mut self, place: Option<usize>, operations: &[Value]) -> Result<Value, Fault> {
        patch::check(operations)?;
        let place = place.ok_or((404, "RECORD_NOT_FOUND"))?;
        let record = &self.records[&place];
        let is_old = self.is_aged && !record.is_touched;
        let updated_at = if is_old { LONG_AGO } else { "now" };
        let needs_reference = self.identified_by == "EXTERNAL";
        let members = patch::patched(&record.members, updated_at, operations, needs_reference)?;
        if self.duplicate(&members, Some(place)).is_some() {
            return Err((409, "DUPLICATE_RECORD"));
        }
        self.become_this(place, members);
        Ok(json!({"status": 200, "is_operation": false, "record": self.shown_at(place)}))
    }

    fn change_many(&mut self, on_missing: Option<&str>, items: &[Item], known: usize) -> Value {
        let may_create = on_missing == Some("create");
        let mut results = Results::default();
        for item in items {
            let outcome = match item.key {
                Some(key) => self.change_by_id(self.at(key, known), item),
                None => self.change_by_reference(may_create, item),
            };
            results.add(self, outcome);
        }
        results.told(200, may_create && has_additions())
    }

    fn change_by_id(&mut self, place: Option<usize>, item: &Item) -> Outcome {
        let codes = faults(&item.value, false);
        if !codes.is_empty() {
            return Err(codes);
        }
        let place = place.ok_or(["OTHER"])?;
        self.change(place, item)
    }

    fn change(&mut self, place: usize, item: &Item) -> Outcome {
        let mut members = self.records[&place].members.clone();
        record::set(&mut members, &item.value, item.op == "add");
        if is_half(&members) {
            return Err(vec!["EXTERNAL_REF_MISSING"]);
        }
        if let Some(code) = self.duplicate(&members, Some(place)) {
            return Err(vec![code]);
        }
        self.become_this(place, members);
        Ok((place, "UPDATED"))
    }

    fn change_by_reference(&mut self, may_create: bool, item: &Item) -> Outcome {
        let mut codes = faults(&item.value, false);
        if let (None, _) | (_, None) = reference(&item.value) {
            codes.push("EXTERNAL_REF_MISSING");
        }
        if !codes.is_empty() {
            return Err(codes);
        }
        match self.with_reference_of(&item.value)[..] {
            [place] => self.change(place, item),
            [] if may_create => self.create_one("fail", &item.value),
            _ => Err(vec!["OTHER"]),
        }
    }

    /// Deletes records one by one; a deletion that finds none is no operation.
    fn delete(&mut self, kind: &str, is_meant: impl Fn(usize, &Value) -> bool) -> Result<Value, Fault> {
        let before = self.records.len();
        self.records.retain(|place, record| !is_meant(*place, &record.members));
        let deleted = before - self.records.len();
        if deleted == 0 {
            return Err((404, "RECORD_NOT_FOUND"));
        }
        self.audit.push(json!([kind, 1, 0, deleted]));
        Ok(json!({"status": 204, "is_operation": true}))
    }

    /// Deletes many by the model of section 5, whose keys count from the newest record on too.
    fn delete_many(&mut self, request: &Request, known: usize) -> Value {
        // Records that came later have no key of a request.
        let key = |place: usize| match known.checked_sub(place + 1) {
            Some(key) => key as u8,
            None => u8::MAX - (place - known) as u8,
        };
        let digit = |text: &str| text.bytes().last().expect("a digit") - b'0';
        let mut model = section_5::Model::default();
        model.people = self
            .records
            .iter()
            .map(|(place, record)| {
                let phones = numbers(&record.members).into_iter().map(digit).collect();
                let external = match reference(&record.members) {
                    (Some("crm"), id) => id.map(digit),
                    _ => None,
                };
                (key(*place), (phones, external))
            })
            .collect();
        let (told, _) = model.answer(std::slice::from_ref(request)).swap_remove(0);
        self.records.retain(|place, _| model.people.contains_key(&key(*place)));
        for (kind, deleted, errors, records) in model.audit {
            let kind = match kind {
                Kind::Id => "ID",
                Kind::Phone => "PHONE_NUMBER",
                Kind::External => "EXTERNAL",
            };
            self.audit.push(json!([kind, deleted, errors, records]));
        }
        json!({"status": 200, "is_operation": true, "told": format!("{:?}", told.answered())})
    }
}
