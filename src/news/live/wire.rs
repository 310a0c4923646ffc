//! Splits a JSON text into the states that it holds.

/// Yields each flat JSON object of an array, or a single object: a page that polls accepts either.
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
    fn an_object_or_an_array_of_objects_is_read() {
        let one = |text| objects(text).collect::<Vec<_>>();
        assert_eq!(one(r#"{"id":7}"#), [r#"{"id":7}"#]);
        assert_eq!(
            one(r#"{"projects":[{"id":7},{"id":8}]}"#),
            [r#"{"id":7}"#, r#"{"id":8}"#]
        );
    }

    proptest! {
        #[test]
        fn splitting_any_text_never_panics(text in ".*") {
            prop_assert!(objects(&text).count() <= text.len());
        }
    }
}
