//! A gate that a limited number may be behind at once, and before which accounts take turns.

use std::{
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::oneshot;

use super::Turns;

/// A gate. Clones are the same gate.
pub(crate) struct Gate<K: Clone + Eq + Hash>(Arc<Mutex<State<K>>>);

struct State<K: Clone + Eq + Hash> {
    free: usize,
    waiting: Turns<K, oneshot::Sender<Pass<K>>>,
}

/// Leave to be behind the gate. When it is dropped, the next one may pass.
pub(crate) struct Pass<K: Clone + Eq + Hash>(Option<Gate<K>>);

impl<K: Clone + Eq + Hash> Clone for Gate<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K: Clone + Eq + Hash> Gate<K> {
    /// A gate behind which so many may be at once: at least one.
    pub(crate) fn new(places: usize) -> Self {
        Self(Arc::new(Mutex::new(State {
            free: places.max(1),
            waiting: Turns::default(),
        })))
    }

    /// Waits for the account's turn; `weight` is how much it is going to do. Whoever stops waiting loses nothing.
    pub(crate) async fn pass(&self, account: K, weight: usize) -> Pass<K> {
        let turn = {
            let mut state = self.state();
            if state.free > 0 {
                state.free -= 1;
                return Pass(Some(self.clone()));
            }
            let (turn, waiting) = oneshot::channel();
            state.waiting.push(account, weight, turn);
            waiting
        };
        // The sender is dropped only together with the gate, which this call keeps.
        turn.await.unwrap_or(Pass(None))
    }

    fn state(&self) -> MutexGuard<'_, State<K>> {
        // The state is consistent between any two statements, so a panic elsewhere cannot leave it half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the next one pass that still waits.
    fn let_next_pass(&self) {
        while let Some(turn) = self.next_or_free() {
            match turn.send(Pass(Some(self.clone()))) {
                Ok(()) => return,
                // Its caller has gone, and the place goes to the one behind.
                Err(mut pass) => pass.0 = None,
            }
        }
    }

    /// Whose turn it is, or a free place more.
    fn next_or_free(&self) -> Option<oneshot::Sender<Pass<K>>> {
        let mut state = self.state();
        let next = state.waiting.take(1, usize::MAX).pop();
        if next.is_none() {
            state.free += 1;
        }
        next
    }
}

impl<K: Clone + Eq + Hash> Drop for Pass<K> {
    fn drop(&mut self) {
        if let Some(gate) = self.0.take() {
            gate.let_next_pass();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::{FutureExt, future::join_all};
    use tokio::task::yield_now;

    use super::*;

    #[tokio::test]
    async fn so_many_are_behind_it_and_no_more() {
        let gate = Gate::new(3);
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let all = (0..50).map(|n| {
            let (gate, now, most) = (&gate, &now, &most);
            async move {
                let _pass = gate.pass(n % 7, 1 + n).await;
                most.fetch_max(now.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
                yield_now().await;
                now.fetch_sub(1, Ordering::Relaxed);
            }
        });
        join_all(all).await;
        assert_eq!(most.into_inner(), 3);
        assert_eq!(gate.state().free, 3);
        assert!(gate.state().waiting.is_empty());
    }

    #[tokio::test]
    async fn a_quiet_account_passes_next() {
        let gate = Gate::new(1);
        let order = Mutex::new(Vec::new());
        let first = gate.pass('a', 100).await;
        let pass = async |account, weight| {
            let _pass = gate.pass(account, weight).await;
            order.lock().unwrap().push(account);
        };
        let loud = join_all((0..20).map(|_| pass('a', 100)));
        let quiet = pass('b', 1);
        let ((), _, ()) = tokio::join!(
            async {
                yield_now().await;
                drop(first);
            },
            loud,
            quiet
        );
        let order = order.into_inner().unwrap();
        assert!(order[..3].contains(&'b'), "{order:?}");
        assert_eq!(order.len(), 21);
    }

    #[tokio::test]
    async fn who_goes_away_keeps_no_place() {
        let gate = Gate::new(1);
        let first = gate.pass('a', 1).await;
        {
            let mut gone = Box::pin(gate.pass('b', 1));
            assert!(gone.as_mut().now_or_never().is_none());
            let mut told = Box::pin(gate.pass('c', 1));
            assert!(told.as_mut().now_or_never().is_none());
            drop(gone);
            // It is told that it may pass, and goes away all the same.
            drop(first);
            drop(told);
        }
        assert_eq!(gate.state().free, 1);
        let _ = gate.pass('d', 1).await;
    }
}
