//! The answer to a write of many records (docs/contract.md sections 4.2 and A.9.2).

use serde_json::{Value, json};

use super::list::Model;
use crate::support::has_additions;

/// What became of one of many records: its place and the word for it, or codes.
pub type Outcome = Result<(usize, &'static str), Vec<&'static str>>;

/// The answer to a write of many records.
#[derive(Default)]
pub struct Results {
    items: Vec<Value>,
    created: usize,
    updated: usize,
    skipped: usize,
    errors: usize,
}

impl Results {
    pub fn add(&mut self, model: &Model, outcome: Outcome) {
        match outcome {
            Ok((place, result)) => {
                *match result {
                    "CREATED" => &mut self.created,
                    "UPDATED" => &mut self.updated,
                    _ => &mut self.skipped,
                } += 1;
                let result = has_additions().then_some(result);
                self.items
                    .push(json!({"result": result, "record": model.shown_at(place)}));
            }
            Err(codes) => {
                self.errors += 1;
                self.items.push(json!({"errors": codes}));
            }
        }
    }

    /// The answer. Either the created are counted apart, or all that went in.
    pub fn told(self, status: u16, counts_created: bool) -> Value {
        let went_in = self.created + self.updated + self.skipped;
        let created = if counts_created { self.created } else { went_in };
        let mut told = json!({
            "status": status,
            "is_operation": false,
            "items": self.items,
            "total_errors": self.errors,
            "total_created": created,
        });
        if has_additions() {
            told["total_updated"] = self.updated.into();
            told["total_skipped"] = self.skipped.into();
        }
        told
    }
}
