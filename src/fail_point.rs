//! Fail points: places where tests inject faults with the crate `fail`. Without the feature `failpoints`, they compile
//! to nothing.

#[cfg(feature = "failpoints")]
pub(crate) use fail::fail_point;

#[cfg(not(feature = "failpoints"))]
macro_rules! fail_point {
    ($($place:tt)*) => {};
}
#[cfg(not(feature = "failpoints"))]
pub(crate) use fail_point;
