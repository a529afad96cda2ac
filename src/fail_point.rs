//! Places where tests plant faults, as the crate `fail` does it; without the feature `failpoints` they are nothing.

#[cfg(feature = "failpoints")]
pub(crate) use fail::fail_point;

#[cfg(not(feature = "failpoints"))]
macro_rules! fail_point {
    ($($place:tt)*) => {};
}
#[cfg(not(feature = "failpoints"))]
pub(crate) use fail_point;
