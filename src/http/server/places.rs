//! The places for connections on one thread. When they run out, the connection that has waited longest for its client is
//! closed, so that a client with a request does not wait for one without. A response that is sent meanwhile says that its
//! connection closes: if it became idle and were closed then, it might be under the next request.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    rc::Rc,
    task::Waker,
};

/// All places of one thread.
pub(super) struct Places {
    count: usize,
    taken: Cell<usize>,
    /// Places whose connections are told to close and have not closed yet.
    leaving: Cell<usize>,
    /// The number of the next connection that waits for its client.
    next: Cell<u64>,
    /// The connections that wait for their clients, the one that waits longest first, and who closes them.
    idle: RefCell<BTreeMap<u64, Waker>>,
}

/// The place of one connection. It is free again when this is dropped.
pub(super) struct Place {
    places: Rc<Places>,
    /// The number of the connection among those that wait, if it is one of them.
    idle: Option<u64>,
    /// Whether the connection had a request.
    is_used: bool,
}

impl Places {
    pub(super) fn new(count: usize) -> Rc<Self> {
        Rc::new(Self {
            count,
            taken: Cell::new(0),
            leaving: Cell::new(0),
            next: Cell::new(0),
            idle: RefCell::default(),
        })
    }

    /// Gives a new connection its place. The caller accepts no more connections than there are places.
    pub(super) fn take(self: &Rc<Self>) -> Place {
        self.taken.set(self.taken.get() + 1);
        self.make_room();
        Place {
            places: Rc::clone(self),
            idle: None,
            is_used: false,
        }
    }

    /// Whether no place is free, nor about to be.
    pub(super) fn are_taken(&self) -> bool {
        self.taken.get() - self.leaving.get() >= self.count
    }

    /// If no place is free, tells the connection that has been waiting longest to close.
    fn make_room(&self) {
        if !self.are_taken() {
            return;
        }
        let longest = self.idle.borrow_mut().pop_first();
        if let Some((_, waker)) = longest {
            self.leaving.set(self.leaving.get() + 1);
            waker.wake();
        }
    }

    fn is_idle(&self, number: u64) -> bool {
        self.idle.borrow().contains_key(&number)
    }
}

impl Place {
    /// Notes that it is the client's turn, and who can be woken to close the connection. Returns whether it may stay open.
    pub(super) fn rest(&mut self, waker: &Waker) -> bool {
        let places = &self.places;
        let number = match self.idle {
            Some(number) => {
                if let Some(known) = places.idle.borrow_mut().get_mut(&number) {
                    known.clone_from(waker);
                }
                number
            }
            None => {
                let number = places.next.replace(places.next.get() + 1);
                places.idle.borrow_mut().insert(number, waker.clone());
                places.make_room();
                self.idle = Some(number);
                number
            }
        };
        places.is_idle(number)
    }

    /// Notes that a request has begun.
    pub(super) fn resume(&mut self) {
        self.is_used = true;
        let Some(number) = self.idle.take() else {
            return;
        };
        if self.places.idle.borrow_mut().remove(&number).is_none() {
            self.places.leaving.set(self.places.leaving.get() - 1);
        }
    }

    /// All places, of which this is one.
    pub(super) fn all(&self) -> Rc<Places> {
        Rc::clone(&self.places)
    }

    /// Whether the connection had a request.
    pub(super) fn is_used(&self) -> bool {
        self.is_used
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.resume();
        self.places.taken.set(self.places.taken.get() - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A connection that had a request and is idle.
    fn idle(places: &Rc<Places>) -> Place {
        let mut place = places.take();
        place.resume();
        assert!(place.rest(Waker::noop()));
        place
    }

    #[test]
    fn the_longest_idle_connection_makes_room() {
        let places = Places::new(4);
        let (mut first, mut second, mut third) = (idle(&places), idle(&places), idle(&places));
        // Idle again, and now for the shortest time.
        first.resume();
        assert!(first.rest(Waker::noop()));
        let _fourth = places.take();
        let stays = [&mut first, &mut second, &mut third].map(|place| place.rest(Waker::noop()));
        assert_eq!(stays, [true, false, true]);
        drop(second);
        // One place is free.
        assert!(first.rest(Waker::noop()) && third.rest(Waker::noop()));
    }

    #[test]
    fn one_connection_leaves_for_one_that_comes() {
        let places = Places::new(3);
        let (mut first, mut second) = (idle(&places), idle(&places));
        let mut third = places.take();
        third.resume();
        assert!(!first.rest(Waker::noop()));
        // The first has not left yet.
        assert!(third.rest(Waker::noop()) && second.rest(Waker::noop()));
        // A request came before it could be closed: another one has to leave.
        first.resume();
        assert!(first.rest(Waker::noop()));
        assert!(!second.rest(Waker::noop()));
    }

    #[test]
    fn the_only_place_is_left_once_it_is_idle() {
        let places = Places::new(1);
        let mut place = places.take();
        place.resume();
        assert!(places.are_taken() && !place.rest(Waker::noop()));
        drop(place);
        assert!(!places.are_taken());
    }
}
