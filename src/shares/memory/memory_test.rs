use futures_util::{FutureExt, future::join_all};
use tokio::task::yield_now;

use super::*;

const MIB: usize = 1024 * 1024;

/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(600);

fn account(name: &str) -> AccountId {
    AccountId::new(name).unwrap()
}

fn memory(total: usize, per_account: usize) -> Memory {
    Memory::new(MemorySettings {
        total,
        per_account,
        largest: 4 * MIB,
    })
}

impl Memory {
    /// What it gives to one that does not wait.
    fn now(&self, account: &AccountId, bytes: usize) -> Result<Room, Refused> {
        let reserve = self.reserve(account, bytes, Duration::ZERO);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        runtime.unwrap().block_on(reserve)
    }

    fn is_untouched(&self) -> bool {
        let ledger = self.ledger();
        ledger.is_untouched()
    }
}

#[test]
fn an_account_has_its_share_and_no_more() {
    let memory = memory(64 * MIB, 16 * MIB);
    let (loud, quiet) = (account("loud"), account("quiet"));
    let rooms: Vec<Room> = (0..4).map(|_| memory.now(&loud, 4 * MIB).unwrap()).collect();
    assert_eq!(memory.now(&loud, 1).err(), Some(Refused::Account));
    memory.now(&quiet, 16 * MIB).unwrap();
    rooms[0].resize(4 * MIB - 1);
    let last = memory.now(&loud, 1).unwrap();
    assert_eq!(memory.now(&loud, 1).err(), Some(Refused::Account));
    // What is there already counts, room or not.
    last.resize(MIB + 1);
    rooms[1].resize(3 * MIB);
    assert_eq!(memory.now(&loud, 1).err(), Some(Refused::Account));
    drop((rooms, last));
    assert!(memory.is_untouched());
}

#[test]
fn large_bodies_leave_a_part_for_small_ones() {
    let memory = memory(64 * MIB, 64 * MIB);
    let (one, other) = (account("a"), account("b"));
    let rooms: Vec<Room> = (0..14).map(|_| memory.now(&one, 4 * MIB).unwrap()).collect();
    assert_eq!(memory.now(&other, SMALL_BODY + 1).err(), Some(Refused::Process));
    let small: Vec<Room> = (0..32).map(|_| memory.now(&other, SMALL_BODY).unwrap()).collect();
    assert_eq!(memory.now(&other, 1).err(), Some(Refused::Process));
    drop(small);
    assert_eq!(memory.now(&one, 4 * MIB).err(), Some(Refused::Process));
    drop(rooms);
    memory.now(&one, 4 * MIB).unwrap();
}

#[test]
fn the_largest_body_fits_into_the_smallest_memory() {
    let memory = memory(4 * MIB, 4 * MIB);
    let room = memory.now(&account("a"), 4 * MIB).unwrap();
    assert_eq!(memory.now(&account("b"), 1).err(), Some(Refused::Process));
    let clone = room.clone();
    drop(room);
    assert_eq!(memory.now(&account("b"), 1).err(), Some(Refused::Process));
    drop(clone);
    memory.now(&account("b"), 4 * MIB).unwrap();
}

#[tokio::test]
async fn those_of_an_account_are_served_in_order_and_small_ones_first() {
    let memory = memory(4 * MIB, 4 * MIB);
    let loud = account("loud");
    let first = memory.reserve(&loud, 4 * MIB, LONG).await.unwrap();
    let order = Mutex::new(Vec::new());
    let body = async |name: usize, bytes| {
        let room = memory.reserve(&loud, bytes, LONG).await.unwrap();
        order.lock().unwrap().push(name);
        yield_now().await;
        drop(room);
    };
    let large = join_all((0..5).map(|n| body(n, 4 * MIB)));
    let small = join_all((10..12).map(|n| body(n, 1)));
    let release = async {
        yield_now().await;
        drop(first);
    };
    tokio::join!(large, small, release);
    assert_eq!(order.into_inner().unwrap(), [10, 11, 0, 1, 2, 3, 4]);
    assert!(memory.is_untouched());
}

#[tokio::test]
async fn accounts_take_turns() {
    let memory = memory(8 * MIB, 8 * MIB);
    let first = memory.reserve(&account("c"), 4 * MIB, LONG).await.unwrap();
    let order = Mutex::new(Vec::new());
    let body = async |name: &str| {
        let room = memory.reserve(&account(name), 4 * MIB, LONG).await.unwrap();
        order.lock().unwrap().push(name.to_owned());
        yield_now().await;
        drop(room);
    };
    let loud = join_all((0..10).map(|_| body("loud")));
    let quiet = body("quiet");
    let release = async {
        yield_now().await;
        drop(first);
    };
    tokio::join!(loud, quiet, release);
    let order = order.into_inner().unwrap();
    assert!(order[..3].contains(&"quiet".to_owned()), "{order:?}");
    assert_eq!(order.len(), 11);
    assert!(memory.is_untouched());
}

#[tokio::test]
async fn who_goes_away_keeps_nothing() {
    let memory = memory(4 * MIB, 4 * MIB);
    let (one, other) = (account("a"), account("b"));
    let first = memory.reserve(&one, 4 * MIB, LONG).await.unwrap();
    {
        let mut gone = Box::pin(memory.reserve(&other, MIB, LONG));
        assert!(gone.as_mut().now_or_never().is_none());
        let mut told = Box::pin(memory.reserve(&one, MIB, LONG));
        assert!(told.as_mut().now_or_never().is_none());
        drop(gone);
        // It is given its room, and goes away all the same.
        drop(first);
        drop(told);
    }
    assert!(memory.is_untouched());
    memory.reserve(&other, 4 * MIB, LONG).await.unwrap();
}

#[tokio::test]
async fn who_is_behind_one_that_leaves_is_served() {
    let memory = memory(64 * MIB, 16 * MIB);
    let one = account("a");
    let first = memory.reserve(&one, 14 * MIB, LONG).await.unwrap();
    let mut leaves = Box::pin(memory.reserve(&one, 4 * MIB, LONG));
    assert!(leaves.as_mut().now_or_never().is_none());
    let mut behind = Box::pin(memory.reserve(&one, MIB, LONG));
    assert!(behind.as_mut().now_or_never().is_none());
    drop(leaves);
    let second = behind.now_or_never().expect("room").unwrap();
    // Too late is too late only where there is no room.
    assert_eq!(
        memory.reserve(&one, 2 * MIB, Duration::ZERO).await.err(),
        Some(Refused::Account)
    );
    drop((first, second));
    assert!(memory.is_untouched());
}

#[tokio::test]
async fn large_bodies_are_not_overtaken_for_ever() {
    let memory = memory(64 * MIB, 64 * MIB);
    let (many, one) = (account("a"), account("b"));
    let mut rooms = Vec::new();
    while let Some(room) = memory.reserve(&many, MIB, Duration::ZERO).now_or_never() {
        rooms.push(room.unwrap());
    }
    let mut large = Box::pin(memory.reserve(&one, 4 * MIB, LONG));
    assert!(large.as_mut().now_or_never().is_none());
    for _ in 0..3 {
        rooms.pop();
        assert!(large.as_mut().now_or_never().is_none());
        // Those that come later wait, too, but for small ones.
        assert!(memory.reserve(&many, MIB, LONG).now_or_never().is_none());
        memory.reserve(&many, 1, LONG).await.unwrap();
    }
    rooms.pop();
    large.await.unwrap();
    drop(rooms);
    assert!(memory.is_untouched());
}

#[tokio::test]
async fn a_bounded_number_waits() {
    let memory = memory(4 * MIB, 4 * MIB);
    let one = account("a");
    let first = memory.reserve(&one, 4 * MIB, LONG).await.unwrap();
    let mut waiting = Vec::new();
    let refused = loop {
        let mut next = Box::pin(memory.reserve(&one, 1, LONG));
        match next.as_mut().now_or_never() {
            Some(refused) => break refused.err(),
            None => waiting.push(next),
        }
    };
    assert_eq!((refused, waiting.len()), (Some(Refused::Account), 1_024));
    drop(first);
    for room in join_all(waiting).await {
        room.unwrap();
    }
    assert!(memory.is_untouched());
}
