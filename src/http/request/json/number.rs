//! Whole numbers in the text of a JSON number.

/// The whole number that the text of a JSON number stands for: `5`, `5.0`, `0.5e1`. `None` if it is not whole, or does
/// not fit. The text is not converted to a floating-point number, which would round it.
pub(super) fn whole(number: &str) -> Option<i64> {
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", number),
    };
    let (mantissa, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{integer}{fraction}");
    if digits.bytes().all(|digit| digit == b'0') {
        return Some(0);
    }
    // How many of the digits stand before the decimal point.
    let point = i64::try_from(integer.len()).ok()?.checked_add(exponent.parse().ok()?)?;
    let point = usize::try_from(point).ok()?;
    let (before, after) = digits.split_at(point.min(digits.len()));
    let zeros = point - before.len();
    // More zeros than fit into the type behind a digit that is none.
    if after.bytes().any(|digit| digit != b'0') || zeros > 20 {
        return None;
    }
    format!("{sign}{before}{}", "0".repeat(zeros)).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_exact() {
        for (text, expected) in [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("0.000e99999999999999999999", Some(0)),
            ("5", Some(5)),
            ("-5", Some(-5)),
            ("5.0", Some(5)),
            ("5.000E0", Some(5)),
            ("0.5e1", Some(5)),
            ("500e-2", Some(5)),
            ("0.0005e+4", Some(5)),
            ("1e1", Some(10)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("5.5", None),
            ("5e-1", None),
            ("5.0000000000000000000001", None),
            ("9.99999999999999999999999", None),
            ("0.99999999999999999999999", None),
            ("10.0000000000000000001", None),
            ("1e999", None),
            ("1e-999", None),
            ("1e99999999999999999999", None),
            ("1e-99999999999999999999", None),
        ] {
            assert_eq!(whole(text), expected, "{text}");
        }
    }
}
