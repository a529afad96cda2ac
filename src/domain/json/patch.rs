//! JSON Patch (RFC 6902) with the operations add, replace, remove and test.

use super::{
    pointer::Pointer,
    tree::{Tree, is_named},
};

/// An operation of a patch.
#[derive(Clone)]
pub struct PatchOperation {
    /// Where it applies.
    pub path: Pointer,
    /// What it does there.
    pub op: Op,
}

/// What an operation does.
#[derive(Clone)]
pub enum Op {
    /// Sets a member, or inserts an item before the one at the position; `-` is the position behind the last.
    Add(Tree),
    /// Sets a value that is there.
    Replace(Tree),
    /// Removes a value that is there.
    Remove,
    /// Fails unless the value is there.
    Test(Tree),
}

/// Why an operation fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchError {
    /// The place does not exist.
    NoSuchPlace,
    /// There is another value.
    TestFailed,
}

/// Applies the operation to a document, which it leaves as it is if it fails.
pub fn apply(document: &mut Tree, operation: &PatchOperation) -> Result<(), PatchError> {
    let (way, last) = operation.path.split();
    let mut container = document;
    for step in way {
        container = value_at(container, step)?;
    }
    match &operation.op {
        Op::Add(value) => add(container, last, value.clone()),
        Op::Replace(value) => {
            *value_at(container, last)? = value.clone();
            Ok(())
        }
        Op::Remove => remove(container, last),
        Op::Test(value) => {
            let present = value_at(container, last)?;
            present.is_equal(value).then_some(()).ok_or(PatchError::TestFailed)
        }
    }
}

fn value_at<'t>(container: &'t mut Tree, step: &str) -> Result<&'t mut Tree, PatchError> {
    let found = match container {
        Tree::Object(members) => members
            .iter_mut()
            .find(|(name, _)| is_named(name, step))
            .map(|(_, value)| value),
        Tree::Array(items) => position(step).and_then(|index| items.get_mut(index)),
        Tree::Scalar(_) => None,
    };
    found.ok_or(PatchError::NoSuchPlace)
}

fn add(container: &mut Tree, step: &str, value: Tree) -> Result<(), PatchError> {
    match container {
        Tree::Object(_) => container.set_member(step, value),
        Tree::Array(items) => {
            let index = match step {
                "-" => Some(items.len()),
                _ => position(step).filter(|index| *index <= items.len()),
            };
            items.insert(index.ok_or(PatchError::NoSuchPlace)?, value);
        }
        Tree::Scalar(_) => return Err(PatchError::NoSuchPlace),
    }
    Ok(())
}

fn remove(container: &mut Tree, step: &str) -> Result<(), PatchError> {
    value_at(container, step)?;
    match container {
        Tree::Object(members) => members.retain(|(name, _)| !is_named(name, step)),
        Tree::Array(items) => {
            if let Some(index) = position(step) {
                items.remove(index);
            }
        }
        Tree::Scalar(_) => {}
    }
    Ok(())
}

/// The position in an array: digits without leading zeros.
fn position(step: &str) -> Option<usize> {
    let is_plain = step.bytes().all(|byte| byte.is_ascii_digit()) && (step == "0" || !step.starts_with('0'));
    is_plain.then(|| step.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The document after the operation, or the error.
    fn patched(document: &str, path: &str, op: Op) -> Result<String, PatchError> {
        let mut document = Tree::parse(document).unwrap();
        let before = document.to_text();
        let path = Pointer::parse(path).unwrap();
        match apply(&mut document, &PatchOperation { path, op }) {
            Ok(()) => Ok(document.to_text()),
            Err(error) => {
                assert_eq!(document.to_text(), before);
                Err(error)
            }
        }
    }

    fn tree(text: &str) -> Tree {
        Tree::parse(text).unwrap()
    }

    #[test]
    fn values_are_added_replaced_and_removed() {
        let add = || Op::Add(tree("9"));
        let replace = || Op::Replace(tree("9"));
        let absent = Err(PatchError::NoSuchPlace);
        for (document, path, op, expected) in [
            (r#"{"a":1}"#, "/b", add(), Ok(r#"{"a":1,"b":9}"#)),
            (r#"{"a":1,"b":2}"#, "/a", add(), Ok(r#"{"a":9,"b":2}"#)),
            (r#"{"a":[1,2]}"#, "/a/0", add(), Ok(r#"{"a":[9,1,2]}"#)),
            (r#"{"a":[1,2]}"#, "/a/2", add(), Ok(r#"{"a":[1,2,9]}"#)),
            (r#"{"a":[1,2]}"#, "/a/-", add(), Ok(r#"{"a":[1,2,9]}"#)),
            (r#"{"a":[1,2]}"#, "/a/3", add(), absent),
            (r#"{"a":[1,2]}"#, "/a/01", add(), absent),
            (r#"{"a":[1,2]}"#, "/a/x", add(), absent),
            (r#"{"a":[1,2]}"#, "/a/", add(), absent),
            (r#"{"a":1}"#, "/a/b", add(), absent),
            (r#"{"a":1}"#, "/b/c", add(), absent),
            (r#"{"a":{"b/c":1}}"#, "/a/b~1c", replace(), Ok(r#"{"a":{"b/c":9}}"#)),
            (r#"{"a":[1,2]}"#, "/a/1", replace(), Ok(r#"{"a":[1,9]}"#)),
            (r#"{"a":[1,2]}"#, "/a/2", replace(), absent),
            (r#"{"a":[1,2]}"#, "/a/-", replace(), absent),
            (r#"{"a":1}"#, "/b", replace(), absent),
            (r#"{"a":1,"b":2}"#, "/a", Op::Remove, Ok(r#"{"b":2}"#)),
            (r#"{"a":[1,2]}"#, "/a/0", Op::Remove, Ok(r#"{"a":[2]}"#)),
            (r#"{"a":[1,2]}"#, "/a/2", Op::Remove, absent),
            (r#"{"a":1}"#, "/b", Op::Remove, absent),
            (r#"{"a":1.0}"#, "/a", Op::Test(tree("1")), Ok(r#"{"a":1.0}"#)),
            (r#"{"a":1}"#, "/a", Op::Test(tree("2")), Err(PatchError::TestFailed)),
            (r#"{"a":1}"#, "/b", Op::Test(tree("null")), absent),
        ] {
            assert_eq!(
                patched(document, path, op).as_deref(),
                expected.as_deref(),
                "{document} {path}"
            );
        }
    }

    #[test]
    fn what_is_not_touched_stays_as_it_was_written() {
        let document = r#"{"long":1234567890123456789012345678901234567890,"big":1.7976931348623157e308,"k":0}"#;
        let expected = document.replace("\"k\":0", "\"k\":1E2");
        let patched = patched(document, "/k", Op::Replace(tree("1E2")));
        assert_eq!(patched, Ok(expected));
    }
}
