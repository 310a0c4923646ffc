/// The zero of every set of decimal digits (Unicode's general category Nd), ascending. The digits one to nine follow each
/// zero directly.
const ZEROS: [char; 77] = [
    '0',
    '\u{660}',
    '\u{6f0}',
    '\u{7c0}',
    '\u{966}',
    '\u{9e6}',
    '\u{a66}',
    '\u{ae6}',
    '\u{b66}',
    '\u{be6}',
    '\u{c66}',
    '\u{ce6}',
    '\u{d66}',
    '\u{de6}',
    '\u{e50}',
    '\u{ed0}',
    '\u{f20}',
    '\u{1040}',
    '\u{1090}',
    '\u{17e0}',
    '\u{1810}',
    '\u{1946}',
    '\u{19d0}',
    '\u{1a80}',
    '\u{1a90}',
    '\u{1b50}',
    '\u{1bb0}',
    '\u{1c40}',
    '\u{1c50}',
    '\u{a620}',
    '\u{a8d0}',
    '\u{a900}',
    '\u{a9d0}',
    '\u{a9f0}',
    '\u{aa50}',
    '\u{abf0}',
    '\u{ff10}',
    '\u{104a0}',
    '\u{10d30}',
    '\u{10d40}',
    '\u{11066}',
    '\u{110f0}',
    '\u{11136}',
    '\u{111d0}',
    '\u{112f0}',
    '\u{11450}',
    '\u{114d0}',
    '\u{11650}',
    '\u{116c0}',
    '\u{116d0}',
    '\u{116da}',
    '\u{11730}',
    '\u{118e0}',
    '\u{11950}',
    '\u{11bf0}',
    '\u{11c50}',
    '\u{11d50}',
    '\u{11da0}',
    '\u{11de0}',
    '\u{11f50}',
    '\u{16130}',
    '\u{16a60}',
    '\u{16ac0}',
    '\u{16b50}',
    '\u{16d70}',
    '\u{1ccf0}',
    '\u{1d7ce}',
    '\u{1d7d8}',
    '\u{1d7e2}',
    '\u{1d7ec}',
    '\u{1d7f6}',
    '\u{1e140}',
    '\u{1e2f0}',
    '\u{1e4f0}',
    '\u{1e5f1}',
    '\u{1e950}',
    '\u{1fbf0}',
];

/// The zero of the digit's set, and the digit's value; `None` if the character is not a decimal digit.
pub(super) fn read(c: char) -> Option<(char, u8)> {
    let after = ZEROS.partition_point(|zero| *zero <= c);
    let zero = *ZEROS.get(after.checked_sub(1)?)?;
    let value = u8::try_from(u32::from(c) - u32::from(zero)).ok()?;
    (value < 10).then_some((zero, value))
}

#[cfg(all(test, feature = "postgres"))]
mod tests {
    use super::read;
    use icu_properties::{CodePointMapData, props::GeneralCategory};

    #[test]
    fn exactly_the_decimal_digits_of_unicode_are_digits() {
        let category = CodePointMapData::<GeneralCategory>::new();
        let mut expected = 0;
        for c in '\0'..=char::MAX {
            let is_digit = category.get(c) == GeneralCategory::DecimalNumber;
            let read = read(c);
            assert_eq!(read.is_some(), is_digit, "{}", c.escape_unicode());
            // The ten digits of a set are contiguous.
            if let Some((_, value)) = read {
                assert_eq!(value, expected, "{}", c.escape_unicode());
                expected = (expected + 1) % 10;
            }
        }
        assert_eq!(expected, 0);
    }
}
