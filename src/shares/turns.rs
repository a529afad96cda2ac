//! Whose turn it is among accounts: deficit round robin.
//!
//! Each account has a queue. The accounts take turns, and in each turn an account may spend a quantum. What it cannot
//! spend, because its next item weighs more, it keeps for its next turn, so that in the long run all have the same
//! weight, however heavy their items are. An account that has nothing waiting keeps nothing.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

/// How much weight an account may spend in one turn.
const QUANTUM: usize = 32;

/// The weight of what shall be alone in its turn.
pub(crate) const ONE_TURN: usize = QUANTUM;

/// The most that an item can weigh: it bounds how many rounds one has to wait for.
const MOST: usize = 1_024;

/// Items that wait, by account.
pub(crate) struct Turns<K, T> {
    queues: HashMap<K, Queue<T>>,
    /// The accounts that have items, in the order of their turns.
    order: VecDeque<K>,
}

struct Queue<T> {
    /// With their weights.
    items: VecDeque<(usize, T)>,
    /// What the account may still spend.
    credit: usize,
}

impl<K, T> Default for Turns<K, T> {
    fn default() -> Self {
        Self {
            queues: HashMap::new(),
            order: VecDeque::new(),
        }
    }
}

impl<K: Clone + Eq + Hash, T> Turns<K, T> {
    /// Adds an item behind those of its account.
    pub(crate) fn push(&mut self, account: K, weight: usize, item: T) {
        let queue = self.queues.entry(account.clone()).or_insert_with(|| {
            self.order.push_back(account);
            Queue {
                items: VecDeque::new(),
                credit: QUANTUM,
            }
        });
        queue.items.push_back((weight.clamp(1, MOST), item));
    }

    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Takes the items whose turn it is: at most so many, and of no more weight together, but at least one.
    pub(crate) fn take(&mut self, count: usize, weight: usize) -> Vec<T> {
        let mut taken = Vec::new();
        let mut left = weight;
        while let Some(account) = self.order.front()
            && let Some(queue) = self.queues.get_mut(account)
        {
            while let Some((weight, _)) = queue.items.front()
                && *weight <= queue.credit
            {
                if taken.len() == count || (*weight > left && !taken.is_empty()) {
                    // The account goes on with its turn the next time.
                    return taken;
                }
                queue.credit -= *weight;
                left = left.saturating_sub(*weight);
                taken.extend(queue.items.pop_front().map(|(_, item)| item));
            }
            queue.credit += QUANTUM;
            let is_done = queue.items.is_empty();
            if let Some(account) = self.order.pop_front() {
                if is_done {
                    self.queues.remove(&account);
                } else {
                    self.order.push_back(account);
                }
            }
        }
        taken
    }

    /// Takes everything.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = T> {
        self.order.clear();
        let queues = std::mem::take(&mut self.queues);
        queues.into_values().flat_map(|queue| queue.items).map(|(_, item)| item)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Queues of these accounts: a letter, and how many items of which weight.
    fn turns(accounts: &[(char, usize, usize)]) -> Turns<char, (char, usize)> {
        let mut turns = Turns::default();
        for (account, count, weight) in accounts {
            for index in 0..*count {
                turns.push(*account, *weight, (*account, index));
            }
        }
        turns
    }

    #[test]
    fn one_account_is_served_in_order() {
        let mut turns = turns(&[('a', 10, 100)]);
        assert_eq!(turns.take(64, 400), [('a', 0), ('a', 1), ('a', 2), ('a', 3)]);
        assert_eq!(turns.take(3, 400).len(), 3);
        assert_eq!(turns.take(64, 1), [('a', 7)]);
        assert_eq!(turns.take(64, 400), [('a', 8), ('a', 9)]);
        assert!(turns.is_empty());
        assert_eq!(turns.take(64, 400), []);
    }

    #[test]
    fn a_quiet_account_comes_next_however_much_another_has() {
        let mut turns = turns(&[('a', 1_000, 100)]);
        turns.take(64, 400);
        turns.push('b', 1, ('b', 0));
        assert!(turns.take(64, 400).contains(&('b', 0)));
    }

    #[test]
    fn all_get_the_same_weight() {
        for of_items in [[100, 1, 7], [33, 100, 1], [400, 1, 1], [1, 2, 3]] {
            let [a, b, c] = of_items;
            let mut turns = turns(&[('a', 20_000, a), ('b', 20_000, b), ('c', 20_000, c)]);
            let mut weights = HashMap::from([('a', 0), ('b', 0), ('c', 0)]);
            for _ in 0..200 {
                for (account, _) in turns.take(64, 400) {
                    *weights.entry(account).or_default() += HashMap::from([('a', a), ('b', b), ('c', c)])[&account];
                }
            }
            let [a, b, c] = ['a', 'b', 'c'].map(|account| weights[&account]);
            assert!(
                a.abs_diff(b) <= 500 && b.abs_diff(c) <= 500,
                "{of_items:?}: {a} {b} {c}"
            );
        }
    }

    #[test]
    fn nothing_is_lost_or_taken_twice() {
        let mut turns = turns(&[('a', 50, 5_000), ('b', 70, 3), ('c', 1, 0)]);
        let mut all = Vec::new();
        for _ in 0..20 {
            all.extend(turns.take(16, 100));
        }
        all.extend(turns.drain());
        assert!(turns.is_empty());
        for (account, count) in [('a', 50), ('b', 70), ('c', 1)] {
            let of_account: Vec<usize> = all
                .iter()
                .filter(|(of, _)| *of == account)
                .map(|(_, index)| *index)
                .collect();
            assert_eq!(of_account, (0..count).collect::<Vec<_>>());
        }
    }
}
