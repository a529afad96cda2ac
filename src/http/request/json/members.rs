//! Takes an object apart, member by member, and notes every fault with its place.

use std::borrow::Cow;

use validator::{Validate, ValidationError, ValidationErrors, ValidationErrorsKind};

use super::Json;
use crate::{domain::text, http::response::error::FieldError};

/// How many faults an answer lists: more would help nobody, and answers stay short.
const MAX_FAULTS: usize = 1_000;

/// The faults found so far.
#[derive(Clone, Debug, Default)]
pub struct Faults(Vec<FieldError>);

impl Faults {
    /// Notes a fault.
    pub fn add(&mut self, name: impl Into<String>, description: impl Into<String>) {
        if self.0.len() < MAX_FAULTS {
            self.0.push(FieldError {
                name: name.into(),
                description: description.into(),
            });
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether something is wrong at this place already.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|fault| fault.name == name)
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    /// The faults in the order in which they were found.
    pub fn into_fields(mut self) -> Vec<FieldError> {
        if self.0.len() == MAX_FAULTS {
            self.0.push(FieldError {
                name: "$".to_owned(),
                description: "there are more faults, which are not listed".to_owned(),
            });
        }
        self.0
    }

    /// Notes what the value's own rules say; `path` is the place of the value. A place where something is wrong
    /// already, such as a member that could not be read, is passed over. The rules' messages are used, never their
    /// parameters, which hold the value.
    pub fn check(&mut self, path: &str, value: &impl Validate) {
        if let Err(errors) = value.validate() {
            self.add_all(path, &errors);
        }
    }

    fn add_all(&mut self, path: &str, errors: &ValidationErrors) {
        let mut errors: Vec<_> = errors.errors().iter().collect();
        errors.sort_by(|a, b| a.0.cmp(b.0));
        for (name, kind) in errors {
            let place = join(path, name);
            match kind {
                ValidationErrorsKind::Struct(inner) => self.add_all(&place, inner),
                ValidationErrorsKind::List(items) => {
                    for (index, inner) in items {
                        self.add_all(&format!("{place}[{index}]"), inner);
                    }
                }
                ValidationErrorsKind::Field(_) if self.has(&place) => {}
                ValidationErrorsKind::Field(errors) => {
                    for error in errors {
                        self.add(place.clone(), describe(error));
                    }
                }
            }
        }
    }
}

/// The rule's own message, or the bounds of a length or range.
fn describe(error: &ValidationError) -> String {
    if let Some(message) = &error.message {
        return message.clone().into_owned();
    }
    let bound = |name: &str| error.params.get(name).map(ToString::to_string).unwrap_or_default();
    match error.code.as_ref() {
        "length" => format!("must have {} to {} characters", bound("min"), bound("max")),
        "range" => format!("must be from {} to {}", bound("min"), bound("max")),
        _ => "is not valid".to_owned(),
    }
}

/// The place of a member: `first_name`, `[3].first_name`, `records[3].first_name`.
pub fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

/// The members of one object that are not taken yet.
pub struct Members<'a> {
    path: String,
    members: Vec<(Cow<'a, str>, Json<'a>)>,
}

impl<'a> Members<'a> {
    /// Starts on the object at `path`; the empty path is the body itself.
    pub fn of(json: Json<'a>, path: impl Into<String>, faults: &mut Faults) -> Option<Self> {
        let path = path.into();
        match json {
            Json::Object(members) => Some(Self { path, members }),
            _ => {
                let place = if path.is_empty() { "$".to_owned() } else { path };
                faults.add(place, "must be an object");
                None
            }
        }
    }

    /// The place of a member of this object.
    pub fn place(&self, name: &str) -> String {
        join(&self.path, name)
    }

    /// Whether a member is there and not null.
    pub fn has(&self, name: &str) -> bool {
        self.members
            .iter()
            .any(|(member, value)| member == name && *value != Json::Null)
    }

    /// Takes a member; one that is null counts as absent.
    pub fn take(&mut self, name: &str, faults: &mut Faults) -> Option<Json<'a>> {
        let mut found = None;
        let mut count = 0;
        self.members.retain_mut(|(member, value)| {
            let is_it = member == name;
            if is_it {
                count += 1;
                found = Some(std::mem::replace(value, Json::Null));
            }
            !is_it
        });
        if count > 1 {
            faults.add(self.place(name), "must not be there more than once");
        }
        found.filter(|value| *value != Json::Null)
    }

    /// Takes a text.
    pub fn text(&mut self, name: &str, faults: &mut Faults) -> Option<String> {
        match self.take(name, faults)? {
            Json::String(text) => Some(text.into_owned()),
            _ => self.wrong_type(name, "must be a string", faults),
        }
    }

    /// Takes `true` or `false`.
    pub fn boolean(&mut self, name: &str, faults: &mut Faults) -> Option<bool> {
        match self.take(name, faults)? {
            Json::Bool(value) => Some(value),
            _ => self.wrong_type(name, "must be true or false", faults),
        }
    }

    /// Takes a whole number; `5.0` is one.
    pub fn integer(&mut self, name: &str, faults: &mut Faults) -> Option<i64> {
        let Json::Number(number) = self.take(name, faults)? else {
            return self.wrong_type(name, "must be a whole number", faults);
        };
        let whole = number.as_i64().or_else(|| {
            let float = number.as_f64()?;
            // The bound is exact in both types, so that the conversion is too.
            (float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0).then_some(float as i64)
        });
        whole.or_else(|| self.wrong_type(name, "must be a whole number", faults))
    }

    /// Takes an array.
    pub fn array(&mut self, name: &str, faults: &mut Faults) -> Option<Vec<Json<'a>>> {
        match self.take(name, faults)? {
            Json::Array(items) => Some(items),
            _ => self.wrong_type(name, "must be an array", faults),
        }
    }

    /// Takes a member that must be there.
    pub fn required<T>(
        &mut self,
        name: &str,
        faults: &mut Faults,
        take: impl FnOnce(&mut Self, &str, &mut Faults) -> Option<T>,
    ) -> Option<T> {
        let before = faults.len();
        let taken = take(self, name, faults);
        if taken.is_none() && faults.len() == before {
            faults.add(self.place(name), "is required");
        }
        taken
    }

    /// Ends the object: what was not taken is unknown.
    pub fn finish(self, faults: &mut Faults) {
        for (name, _) in &self.members {
            faults.add(self.place(&text::visible(name)), "is not a known member");
        }
    }

    fn wrong_type<T>(&self, name: &str, expected: &str, faults: &mut Faults) -> Option<T> {
        faults.add(self.place(name), expected);
        None
    }
}
