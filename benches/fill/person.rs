//! The people that the list is filled with. They look like real ones, and are the same for everyone.

use serde_json::{Value, json};
use uuid::Uuid;

const FIRST_NAMES: [&str; 16] = [
    "Ada",
    "Grace",
    "Katherine",
    "Margaret",
    "Alan",
    "Edsger",
    "Barbara",
    "John",
    "Frances",
    "Dennis",
    "Hedy",
    "Donald",
    "Joan",
    "Niklaus",
    "Radia",
    "Tim",
];

const LAST_NAMES: [&str; 17] = [
    "Lovelace", "Hopper", "Johnson", "Hamilton", "Turing", "Dijkstra", "Liskov", "Backus", "Allen", "Ritchie",
    "Lamarr", "Knuth", "Clarke", "Hamming", "Perlman", "Lee", "Neumann",
];

const TIMEZONES: [&str; 5] = [
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "Europe/London",
];

const PLANS: [&str; 3] = ["bronze", "silver", "gold"];

/// The connected system that every second person comes from.
const PROVIDER: &str = "salesforce";

/// A person to call.
pub(crate) struct Person {
    pub(crate) id: Uuid,
    pub(crate) first_name: &'static str,
    pub(crate) last_name: &'static str,
    pub(crate) phone_number: String,
    /// Of every third person.
    pub(crate) second_number: Option<String>,
    pub(crate) timezone: &'static str,
    pub(crate) priority: i16,
    /// Compact JSON.
    pub(crate) extra_data: String,
    /// The provider and the id there.
    pub(crate) external: Option<(&'static str, String)>,
}

/// The types of the two numbers.
pub(crate) const PHONE_TYPES: [&str; 2] = ["MOBILE", "OFFICE"];

impl Person {
    /// The person with this number, with a new id.
    pub(crate) fn new(number: usize) -> Self {
        let place = scattered(number);
        let extra_data = json!({
            "plan": PLANS[number % PLANS.len()],
            "campaign": "spring 2026",
            "last_order": format!("A-{place:010}"),
        });
        Self {
            id: Uuid::now_v7(),
            first_name: FIRST_NAMES[number % FIRST_NAMES.len()],
            last_name: LAST_NAMES[number % LAST_NAMES.len()],
            phone_number: format!("+1{}", 2_000_000_000 + place),
            second_number: number.is_multiple_of(3).then(|| format!("+1{}", 4_000_000_000 + place)),
            timezone: TIMEZONES[number % TIMEZONES.len()],
            priority: (number % 10) as i16 + 1,
            extra_data: extra_data.to_string(),
            external: number
                .is_multiple_of(2)
                .then(|| (PROVIDER, format!("003DL{place:010}YAE"))),
        }
    }

    /// The person as a record of a request.
    pub(crate) fn record(&self) -> Value {
        let numbers = [Some(&self.phone_number), self.second_number.as_ref()];
        let numbers = numbers.into_iter().zip(PHONE_TYPES).filter_map(|(number, phone_type)| {
            let number = number?;
            Some(json!({"phone_number": number, "phone_type": phone_type}))
        });
        let extra_data: Value = serde_json::from_str(&self.extra_data).expect("JSON");
        let mut record = json!({
            "first_name": self.first_name,
            "last_name": self.last_name,
            "phone_numbers": numbers.collect::<Value>(),
            "timezone": self.timezone,
            "priority": self.priority,
            "extra_data": extra_data,
        });
        if let Some((provider, id)) = &self.external {
            record["external_provider"] = json!(provider);
            record["external_id"] = json!(id);
        }
        record
    }

    /// The second number as the table of records has it.
    pub(crate) fn further_numbers(&self) -> Option<String> {
        let number = self.second_number.as_ref()?;
        Some(json!([[number, PHONE_TYPES[1]]]).to_string())
    }
}

/// A number below 1,000,000,007, which is prime, so that no two of so many people have the same. Those of people who
/// follow each other are far apart, as the phone numbers of a real list are.
fn scattered(number: usize) -> u64 {
    number as u64 * 387_420_489 % 1_000_000_007
}
