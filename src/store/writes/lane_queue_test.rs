use uuid::Uuid;

use super::*;
use crate::{
    domain::{AccountId, Attribution, Deletion, DeletionOptions, Identifiers, RecordListId},
    store::{deletions::DeleteRecords, list_key::ListKey, writes::list::Keyed},
};

/// Batches that have waited this long when the database fails are refused at once.
const PATIENCE: Duration = Duration::from_secs(1);

fn batch(list: u128, identifiers: usize) -> Batch {
    batch_of("acme", list, identifiers)
}

fn batch_of(account: &str, list: u128, identifiers: usize) -> Batch {
    let write = DeleteRecords::in_bulk(
        Deletion {
            identifiers: Identifiers::Ids(vec![None; identifiers]),
            options: DeletionOptions::default(),
        },
        Attribution {
            operation_id: Uuid::nil(),
            client_id: String::new(),
            request_id: String::new(),
        },
    );
    Batch {
        list: ListKey {
            account: AccountId::new(account).unwrap(),
            id: RecordListId(Uuid::from_u128(list)),
        },
        writes: vec![Arc::new(Keyed { write, once: None })],
    }
}

#[test]
fn a_transaction_has_bounds_and_no_list_twice() {
    for (batches, expected) in [
        (vec![], 0),
        (vec![batch(1, 2_000)], 1),
        (vec![batch(1, 2_000), batch(2, 1)], 1),
        (vec![batch(1, 100), batch(2, 300), batch(3, 1), batch(4, 1)], 2),
        (vec![batch(1, 1), batch(2, 500), batch(3, 1)], 1),
        (vec![batch(1, 1), batch(2, 1), batch(1, 1), batch(3, 1)], 2),
        ((0..70).map(|list| batch(list, 1)).collect(), 64),
    ] {
        assert_eq!(share(batches.iter()), expected);
    }
}

#[test]
fn a_lane_ends_when_nothing_waits_and_starts_again() {
    let lanes = LaneQueue::new(2);
    let push = |list, since| {
        let (reply, _) = oneshot::channel();
        let batch = Arc::new(batch(list, 300));
        lanes.push(Waiting { batch, since, reply })
    };
    let now = Instant::now();
    // Two lanes start, and the third batch waits for one of them.
    assert_eq!([1, 2, 3].map(|list| push(list, now)), [true, true, false]);
    let taken = [0; 4].map(|_| lanes.take().map_or(0, |taken| taken.len()));
    assert_eq!(taken, [1, 1, 1, 0]);
    assert!(push(4, now), "a lane has ended, and another starts");
    assert!(!push(5, now + PATIENCE));
    let refused = lanes.take_older(now + PATIENCE, PATIENCE);
    assert_eq!(refused.len(), 1, "the other has not waited long");
    assert!(!lanes.withdraw(&refused[0].batch), "it waits no more");
    let waiting = Arc::clone(&lanes.state().waiting[0].1.batch);
    assert!(lanes.withdraw(&waiting));
    assert!(lanes.take().is_none());
}

/// Each lane takes 400 identifiers: four batches.
#[test]
fn accounts_take_turns() {
    let lanes = LaneQueue::new(1);
    let push = |account, list| {
        let (reply, _) = oneshot::channel();
        let batch = Arc::new(batch_of(account, list, 100));
        let since = Instant::now();
        lanes.push(Waiting { batch, since, reply });
    };
    let taken = || -> Vec<u128> {
        let taken = lanes.take().unwrap_or_default();
        let lists = taken.iter().map(|waiting| waiting.batch.list.id.0.as_u128());
        lists.collect()
    };
    for list in 1..=9 {
        push("loud", list);
    }
    assert_eq!(taken(), [1, 2, 3, 4]);
    push("quiet", 21);
    push("quiet", 22);
    push("other", 31);
    push("loud", 10);
    assert_eq!(taken(), [5, 21, 31, 6]);
    push("loud", 11);
    assert_eq!(taken(), [22, 7, 8, 9]);
    assert_eq!(taken(), [10, 11]);
}
