//! The values of JSON numbers, which may have any number of digits.

/// Whether two JSON numbers stand for the same value. Numbers whose exponents do not fit are compared as they are
/// written.
pub(super) fn are_equal(one: &str, other: &str) -> bool {
    one == other || decimal(one).is_some_and(|one| decimal(other) == Some(one))
}

/// The sign, the digits without zeros around them, and the power of ten by which these are multiplied.
fn decimal(number: &str) -> Option<(bool, String, i64)> {
    let (is_negative, number) = match number.strip_prefix('-') {
        Some(number) => (true, number),
        None => (false, number),
    };
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{integer}{fraction}");
    let digits = digits.trim_start_matches('0');
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Some((false, String::new(), 0));
    }
    let trimmed = i64::try_from(digits.len() - significant.len()).ok()?;
    let places = i64::try_from(fraction.len()).ok()?;
    let exponent = exponent
        .parse::<i64>()
        .ok()?
        .checked_add(trimmed)?
        .checked_sub(places)?;
    Some((is_negative, significant.to_owned(), exponent))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_by_value() {
        for (one, other, expected) in [
            ("1", "1.0", true),
            ("1", "10e-1", true),
            ("100", "1E+2", true),
            ("0", "-0.00e7", true),
            ("-1", "1", false),
            ("0.1", "0.10", true),
            ("0.01", "1e-2", true),
            (
                "12345678901234567890123456789012345678901",
                "12345678901234567890123456789012345678900",
                false,
            ),
            (
                "12345678901234567890123456789012345678900",
                "123456789012345678901234567890123456789e2",
                true,
            ),
            ("1e99999999999999999999", "1e99999999999999999999", true),
            ("1e99999999999999999999", "10e99999999999999999998", false),
        ] {
            assert_eq!(are_equal(one, other), expected, "{one} {other}");
            assert_eq!(are_equal(other, one), expected, "{other} {one}");
        }
    }
}
