//! Orders of listings.

use std::cmp::Ordering;

use super::cursor::SortedKey;

/// Which way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The least first.
    Ascending,
    /// The greatest first.
    Descending,
}

/// The order of a listing: by a value, and by the id among equal values, ascending in both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order<B> {
    /// The value.
    pub by: B,
    /// The direction of the values.
    pub direction: Direction,
}

impl<B> Order<B> {
    /// The least values first.
    pub const fn ascending(by: B) -> Self {
        Self {
            by,
            direction: Direction::Ascending,
        }
    }

    /// The greatest values first.
    pub const fn descending(by: B) -> Self {
        Self {
            by,
            direction: Direction::Descending,
        }
    }

    /// Compares two items by their keys.
    pub fn compare(&self, one: &SortedKey, other: &SortedKey) -> Ordering {
        let values = match self.direction {
            Direction::Ascending => one.value.cmp(&other.value),
            Direction::Descending => other.value.cmp(&one.value),
        };
        values.then_with(|| one.id.cmp(&other.id))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::SortValue;

    #[test]
    fn ids_decide_among_equal_values_in_both_directions() {
        let key = |number, id| SortedKey {
            value: SortValue::Number(number),
            id: Uuid::from_u128(id),
        };
        let keys = [key(1, 3), key(1, 4), key(2, 1), key(2, 2)];
        for (order, expected) in [
            (Order::ascending(()), [0, 1, 2, 3]),
            (Order::descending(()), [2, 3, 0, 1]),
        ] {
            let mut sorted = keys.clone();
            sorted.reverse();
            sorted.sort_by(|one, other| order.compare(one, other));
            assert!(sorted == expected.map(|place: usize| keys[place].clone()), "{order:?}");
        }
    }
}
