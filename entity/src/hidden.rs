//! A macro for types whose `Debug` output shows only their name, never their values.

/// Implements a `Debug` that is safe for logs, for types whose values can identify a person.
#[macro_export]
macro_rules! hide_values {
    ($($type:ident),+) => {
        $(impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($type), "(***)"))
            }
        })+
    };
}
