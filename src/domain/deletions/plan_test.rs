//! Tests of deletion plans: tables of one-line cases, and the property that makes batching safe, namely that a batch
//! does the same as its deletions run one after the other.

use std::collections::BTreeMap;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::domain::text::Line;

/// Records by number, each with its phone numbers and external id.
type List = BTreeMap<u8, (Vec<u8>, Option<u8>)>;

fn list(records: &[(u8, &[u8], Option<u8>)]) -> List {
    records
        .iter()
        .map(|(id, phones, external)| (*id, (phones.to_vec(), *external)))
        .collect()
}

fn id(n: u8) -> RecordId {
    RecordId(Uuid::from_u128(u128::from(n)))
}

fn phone(n: u8) -> PhoneNumber {
    PhoneNumber::normalise(&format!("+1415555{n:04}")).unwrap()
}

fn reference(n: u8) -> ExternalReference {
    ExternalReference {
        provider: Line::new("salesforce").unwrap(),
        id: Line::new(n.to_string()).unwrap(),
    }
}

fn plain(identifiers: Identifiers) -> Deletion {
    Deletion {
        identifiers,
        options: DeletionOptions::default(),
    }
}

impl Deletion {
    fn all_or_none(mut self) -> Self {
        self.options.all_or_none = true;
        self
    }

    fn ignoring_missing(mut self) -> Self {
        self.options.ignores_missing = true;
        self
    }

    fn sole(mut self) -> Self {
        self.options.matches_sole = true;
        self
    }
}

fn ids(ids: &[u8]) -> Deletion {
    plain(Identifiers::Ids(ids.iter().map(|n| Some(id(*n))).collect()))
}

fn phones(phones: &[u8]) -> Deletion {
    plain(Identifiers::PhoneNumbers(
        phones.iter().map(|n| Some(phone(*n))).collect(),
    ))
}

fn externals(externals: &[u8]) -> Deletion {
    plain(Identifiers::ExternalReferences(
        externals.iter().map(|n| reference(*n)).collect(),
    ))
}

fn matches(list: &List) -> Matches {
    let mut matches = Matches::default();
    for (record, (phones, external)) in list {
        matches.ids.insert(id(*record));
        let distinct: HashSet<_> = phones.iter().collect();
        for number in distinct {
            let records = matches.phone_numbers.entry(phone(*number)).or_default();
            records.push(id(*record));
        }
        if let Some(external) = external {
            let records = matches.external_references.entry(reference(*external)).or_default();
            records.push(id(*record));
        }
    }
    matches
}

/// An outcome as a short text such as `DD-:2`: one letter per identifier (`D` deleted, `x` invalid, `-` not found, `m` missing, `2`
/// ambiguous with two matches, `r` rolled back), then the number of records deleted.
fn told(outcome: &DeletionOutcome) -> String {
    let letters: String = outcome
        .outcomes
        .iter()
        .map(|outcome| match outcome {
            Outcome::Deleted => 'D',
            Outcome::Invalid => 'x',
            Outcome::NotFound => '-',
            Outcome::Missing => 'm',
            Outcome::Ambiguous(records) => char::from(b'0' + u8::try_from(*records).unwrap()),
            Outcome::RolledBack => 'r',
        })
        .collect();
    format!("{letters}:{}", outcome.records_deleted)
}

#[track_caller]
fn check(list: &List, batch: &[Deletion], expected: &[&str]) {
    let plan = plan(batch, &matches(list));
    let outcomes: Vec<_> = plan.outcomes.iter().map(told).collect();
    assert_eq!(outcomes, expected);
}

#[test]
fn one_deletion() {
    let people = list(&[(1, &[10], Some(1)), (2, &[20, 21], Some(2)), (3, &[30, 10], None)]);
    check(&people, &[ids(&[1, 2])], &["DD:2"]);
    check(&people, &[ids(&[9])], &["-:0"]);
    check(&people, &[ids(&[9, 1])], &["-D:1"]);
    check(&people, &[phones(&[20])], &["D:1"]);
    check(&people, &[phones(&[99])], &["-:0"]);
    check(&people, &[externals(&[2, 3])], &["D-:1"]);
    check(&list(&[]), &[ids(&[1])], &["-:0"]);
    check(&people, &[], &[]);
}

#[test]
fn a_number_of_several_records_deletes_them_all() {
    let people = list(&[(1, &[10], None), (2, &[10], None), (3, &[30, 10], None)]);
    check(&people, &[phones(&[10])], &["D:3"]);
}

#[test]
fn two_numbers_of_one_record_both_count() {
    let people = list(&[(2, &[20, 21], None)]);
    check(&people, &[phones(&[20, 21])], &["DD:1"]);
}

#[test]
fn later_deletions_of_a_batch_find_nothing_that_is_gone() {
    let people = list(&[(1, &[10], Some(1)), (2, &[10, 20], Some(2))]);
    check(&people, &[ids(&[1]), ids(&[1])], &["D:1", "-:0"]);
    check(&people, &[ids(&[1]), phones(&[10])], &["D:1", "D:1"]);
    check(&people, &[phones(&[10]), ids(&[1, 2])], &["D:2", "--:0"]);
    check(&people, &[externals(&[2]), phones(&[20, 10])], &["D:1", "-D:1"]);
    check(
        &people,
        &[phones(&[20]), externals(&[1, 2]), ids(&[2, 1])],
        &["D:1", "D-:1", "--:0"],
    );
}

#[test]
fn identifiers_that_can_match_nothing_keep_their_place() {
    let people = list(&[(1, &[10], None)]);
    let deletion = plain(Identifiers::Ids(vec![None, Some(id(1)), None]));
    check(&people, &[deletion], &["xDx:1"]);
    let deletion = plain(Identifiers::PhoneNumbers(vec![None, Some(phone(10))]));
    check(&people, &[deletion], &["xD:1"]);
}

#[test]
fn no_option_forgives_what_can_match_nothing() {
    let people = list(&[(1, &[10], None)]);
    let deletion = || plain(Identifiers::PhoneNumbers(vec![None, Some(phone(10)), Some(phone(99))]));
    check(&people, &[deletion().ignoring_missing()], &["xDm:1"]);
    check(&people, &[deletion().ignoring_missing().all_or_none()], &["xrm:0"]);
    check(&people, &[deletion().sole()], &["xD-:1"]);
}

#[test]
fn a_failure_of_all_or_none_keeps_everything() {
    let people = list(&[(1, &[10], Some(1)), (2, &[10, 20], None)]);
    check(&people, &[ids(&[1, 2]).all_or_none()], &["DD:2"]);
    check(&people, &[ids(&[1, 9, 2]).all_or_none()], &["r-r:0"]);
    check(&people, &[ids(&[9]).all_or_none()], &["-:0"]);
    // The next deletion finds the records that this one kept.
    check(&people, &[ids(&[1, 9]).all_or_none(), phones(&[10])], &["r-:0", "D:2"]);
    check(&people, &[ids(&[1]), phones(&[10, 20]).all_or_none()], &["D:1", "DD:1"]);
}

#[test]
fn what_is_missing_is_no_failure_where_it_is_ignored() {
    let people = list(&[(1, &[10], Some(1))]);
    check(&people, &[ids(&[9, 1]).ignoring_missing()], &["mD:1"]);
    let deletion = || ids(&[9, 1]).ignoring_missing().all_or_none();
    check(&people, &[deletion(), deletion()], &["mD:1", "mm:0"]);
}

#[test]
fn several_matches_are_a_failure_where_one_is_wanted() {
    let people = list(&[(1, &[10], Some(7)), (2, &[10, 20], Some(7))]);
    check(&people, &[phones(&[10]).sole()], &["2:0"]);
    check(&people, &[externals(&[7]).sole()], &["2:0"]);
    // One of the two records has a second number, which is not ambiguous.
    check(&people, &[phones(&[10, 20]).sole()], &["2D:1"]);
    // An earlier deletion may leave only one match.
    check(&people, &[ids(&[1]), phones(&[10]).sole()], &["D:1", "D:1"]);
    check(
        &people,
        &[phones(&[20, 10, 99]).sole().all_or_none().ignoring_missing()],
        &["r2m:0"],
    );
    check(&people, &[ids(&[1, 2]).sole()], &["DD:2"]);
}

#[test]
fn totals_add_up() {
    let people = list(&[(1, &[10, 20], None), (2, &[30], None), (3, &[30], None)]);
    for (deletion, expected) in [
        (phones(&[10, 20, 99]), [2, 1, 0, 1]),
        (phones(&[10, 20, 99]).ignoring_missing(), [2, 0, 1, 1]),
        (phones(&[10, 99, 30]).sole(), [1, 2, 0, 1]),
        (phones(&[10, 99, 30]).sole().all_or_none(), [0, 3, 0, 0]),
    ] {
        let plan = plan(&[deletion], &matches(&people));
        let outcome = &plan.outcomes[0];
        let totals = [
            outcome.total_deleted(),
            outcome.total_errors(),
            outcome.total_missing(),
            outcome.records_deleted,
        ];
        assert_eq!(totals, expected);
    }
}

fn any_list() -> impl Strategy<Value = List> {
    let record = (prop::collection::vec(0..6_u8, 1..4), prop::option::of(0..5_u8));
    prop::collection::btree_map(0..8_u8, record, 0..8)
}

fn any_deletion() -> impl Strategy<Value = Deletion> {
    let distinct =
        prop::collection::hash_set(0..9_u8, 1..5).prop_map(|numbers| numbers.into_iter().collect::<Vec<_>>());
    let plain = prop_oneof![
        distinct.clone().prop_map(|numbers| ids(&numbers)),
        distinct.clone().prop_map(|numbers| phones(&numbers)),
        distinct.prop_map(|numbers| externals(&numbers)),
    ];
    (plain, any::<[bool; 3]>()).prop_map(|(deletion, options)| {
        let [all_or_none, ignores_missing, matches_sole] = options;
        Deletion {
            options: DeletionOptions {
                all_or_none,
                ignores_missing,
                matches_sole,
            },
            ..deletion
        }
    })
}

proptest! {
    #[test]
    fn a_batch_does_what_its_deletions_do_one_by_one(
        people in any_list(),
        batch in prop::collection::vec(any_deletion(), 0..7),
    ) {
        let together = plan(&batch, &matches(&people));

        let mut left = people;
        let mut one_by_one = Plan::default();
        for deletion in &batch {
            let alone = plan([deletion], &matches(&left));
            left.retain(|record, _| !alone.records.contains(&id(*record)));
            one_by_one.records.extend(alone.records);
            one_by_one.outcomes.extend(alone.outcomes);
        }

        prop_assert_eq!(&together.outcomes, &one_by_one.outcomes);
        let mut deleted = together.records;
        let mut expected = one_by_one.records;
        deleted.sort();
        expected.sort();
        prop_assert_eq!(deleted, expected);
    }
}
