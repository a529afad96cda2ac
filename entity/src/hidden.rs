//! Types whose `Debug` shows their name and nothing of what they hold.

/// Gives types that hold what identifies a person a `Debug` that is fit for logs.
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
