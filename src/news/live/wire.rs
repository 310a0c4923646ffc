//! Several states in one text.

/// Every flat JSON object in an array of them, or the one that stands alone: a page that polls reads either.
pub fn objects(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive('}').filter_map(|part| {
        let start = part.rfind('{')?;
        let object = &part[start..];
        object.ends_with('}').then_some(object)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_object_or_an_array_of_them_is_read() {
        let one = |text| objects(text).collect::<Vec<_>>();
        assert_eq!(one(r#"{"id":7}"#), [r#"{"id":7}"#]);
        assert_eq!(
            one(r#"{"projects":[{"id":7},{"id":8}]}"#),
            [r#"{"id":7}"#, r#"{"id":8}"#]
        );
    }

    proptest! {
        #[test]
        fn whatever_comes_instead_is_passed_over(text in ".*") {
            prop_assert!(objects(&text).count() <= text.len());
        }
    }
}
