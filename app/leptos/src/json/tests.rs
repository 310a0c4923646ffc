use super::*;
use proptest::{collection::vec, option, prelude::*};
use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TestKind {
    NotFound,
    #[serde(other)]
    Other,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Id(i64);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Action {
    Add,
    Remove(Id),
    Replace(Option<i64>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Item {
    id: Id,
    name: String,
    kind: TestKind,
    action: Option<Action>,
    count: Option<i32>,
    #[serde(default)]
    is_new: bool,
    parts: Vec<Item>,
}

fn item() -> impl Strategy<Value = Item> {
    let of = |parts: BoxedStrategy<Vec<Item>>| {
        let kind = prop_oneof![Just(TestKind::NotFound), Just(TestKind::Other)];
        let action = prop_oneof![
            Just(Action::Add),
            any::<i64>().prop_map(|id| Action::Remove(Id(id))),
            option::of(any::<i64>()).prop_map(Action::Replace),
        ];
        (
            any::<i64>(),
            ".*",
            kind,
            option::of(action),
            option::of(any::<i32>()),
            any::<bool>(),
            parts,
        )
            .prop_map(|(id, name, kind, action, count, is_new, parts)| Item {
                id: Id(id),
                name,
                kind,
                action,
                count,
                is_new,
                parts,
            })
    };
    of(Just(Vec::new()).boxed()).prop_recursive(3, 20, 4, move |inner| of(vec(inner, 0..4).boxed()))
}

proptest! {
    #[test]
    fn values_serialized_by_serde_json_are_read_back(item in item()) {
        let text = serde_json::to_string(&item).expect("an item serializes");
        prop_assert_eq!(from_str::<Item>(&text), Ok(item.clone()));
        let text = serde_json::to_string_pretty(&item).expect("an item serializes");
        prop_assert_eq!(from_str::<Item>(&text), Ok(item));
    }

    #[test]
    fn accepts_and_rejects_the_same_texts_as_serde_json(text in r#"([\[\]{},:" \\u0-9a-f-]|null|true|"id"|\\u[0-9a-f]{4}){0,12}"#) {
        let others = serde_json::from_str::<Vec<Option<String>>>(&text).map_err(|_| JsonError);
        prop_assert_eq!(from_str::<Vec<Option<String>>>(&text), others);
        let others = serde_json::from_str::<i64>(&text).map_err(|_| JsonError);
        prop_assert_eq!(from_str::<i64>(&text), others);
    }
}

#[test]
fn unknown_members_are_skipped_and_an_unknown_variant_is_other() {
    let text = r#"{"x":[{"y":null}],"id":7,"name":"\u00e9\ud83d\ude00\/","kind":"newer","parts":[],"z":{}}"#;
    let expected = Item {
        id: Id(7),
        name: "é😀/".to_owned(),
        kind: TestKind::Other,
        action: None,
        count: None,
        is_new: false,
        parts: Vec::new(),
    };
    assert_eq!(from_str(text), Ok(expected));
}

#[test]
fn invalid_json_and_unexpected_types_are_malformed() {
    for text in [
        "",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[01]",
        "[-]",
        "[1.5]",
        "[1e3]",
        "[1]x",
        "[\"a\"]",
        "{}",
        "null",
        "[nul]",
        "[9223372036854775808]",
    ] {
        assert_eq!(from_str::<Vec<i64>>(text), Err(JsonError), "{text}");
    }
    for text in [
        r#""\ud800""#,
        r#""\ud800\u0041""#,
        r#""\udc00""#,
        r#""\x""#,
        "\"\n\"",
        "\"a",
    ] {
        assert_eq!(from_str::<String>(text), Err(JsonError), "{text}");
    }
    let deep = ["[".repeat(40), "]".repeat(40)].concat();
    assert_eq!(from_str::<de::IgnoredAny>(&deep).map(drop), Err(JsonError));
}
