//! Whole numbers and arrays with bounds.

use serde::{Serialize, Serializer};
use utoipa::openapi::{ArrayBuilder, KnownFormat, RefOr, Schema, SchemaFormat, Type};
use validator::ValidateRange;

use super::{Schemas, WireType, values::of_type};

/// A whole number from `MIN` to `MAX`. With `LONG`, generated clients use a 64-bit integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Whole<const MIN: u64, const MAX: u64, const LONG: bool = true>(u64);

/// A whole number from 0 to the maximum of a signed 64-bit integer.
pub type Count = Whole<0, { i64::MAX as u64 }>;

impl<const MIN: u64, const MAX: u64, const LONG: bool> Whole<MIN, MAX, LONG> {
    /// A number that was sent; `None` if it is out of bounds.
    pub fn new(number: u64) -> Option<Self> {
        let is_valid = number.validate_range(Some(MIN), Some(MAX), None, None);
        is_valid.then_some(Self(number))
    }

    /// A number that cannot be out of bounds.
    pub fn of(number: impl TryInto<u64>) -> Self {
        Self(number.try_into().unwrap_or(MAX).clamp(MIN, MAX))
    }

    /// The rule that a number out of bounds breaks.
    pub fn rule() -> String {
        format!("must be a whole number from {MIN} to {MAX}")
    }

    /// The number.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl<const MIN: u64, const MAX: u64, const LONG: bool> WireType for Whole<MIN, MAX, LONG> {
    fn schema() -> RefOr<Schema> {
        let is_bounded = MAX < i64::MAX as u64;
        of_type(Type::Integer)
            .format(LONG.then_some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .minimum(Some(MIN))
            .maximum(is_bounded.then_some(MAX))
            .into()
    }
}

impl<const MIN: u64, const MAX: u64, const LONG: bool> Serialize for Whole<MIN, MAX, LONG> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

/// An array of `MIN` to `MAX` items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Items<T, const MIN: usize, const MAX: usize>(Vec<T>);

impl<T, const MIN: usize, const MAX: usize> Items<T, MIN, MAX> {
    /// The maximum number of items.
    pub const MAX: usize = MAX;

    /// Items whose number cannot be out of bounds.
    pub fn of(items: Vec<T>) -> Self {
        Self(items)
    }

    /// Checks the number of items in an array that was sent; the error is the rule that it breaks.
    pub fn check(count: usize) -> Result<(), String> {
        if count.validate_range(Some(MIN), Some(MAX), None, None) {
            return Ok(());
        }
        Err(format!("must have {MIN} to {MAX} items, but has {count}"))
    }

    /// The items.
    pub fn as_slice(&self) -> &[T] {
        &self.0
    }

    /// The items.
    pub fn into_inner(self) -> Vec<T> {
        self.0
    }
}

impl<T: WireType, const MIN: usize, const MAX: usize> WireType for Items<T, MIN, MAX> {
    fn schema() -> RefOr<Schema> {
        let array = ArrayBuilder::new().items(T::schema());
        let array = if MIN > 0 { array.min_items(Some(MIN)) } else { array };
        array.max_items(Some(MAX)).into()
    }

    fn note() -> Option<String> {
        T::note()
    }

    fn collect(schemas: &mut Schemas) {
        T::collect(schemas);
    }
}

impl<T: Serialize, const MIN: usize, const MAX: usize> Serialize for Items<T, MIN, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_the_first_and_last_that_are_allowed() {
        for (number, expected) in [(0, None), (1, Some(1)), (3, Some(3)), (4, None)] {
            assert_eq!(Whole::<1, 3>::new(number).map(Whole::get), expected, "{number}");
        }
        assert_eq!(Whole::<1, 3>::of(9_usize).get(), 3);
        for (items, expected) in [(0, false), (1, true), (2, true), (3, false)] {
            assert_eq!(Items::<(), 1, 2>::check(items).is_ok(), expected, "{items}");
        }
    }
}
