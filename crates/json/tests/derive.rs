//! Every form that the derive knows, read as serde reads it.

use json::FromJson;
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, PartialEq, Serialize, Deserialize, FromJson)]
struct Everything {
    text: String,
    small: u8,
    large: u32,
    signed: i32,
    is: bool,
    maybe: Option<u16>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    list: Vec<Shape>,
    #[serde(rename = "type")]
    kind: Option<Plain>,
    at: Moment,
    empty: Empty,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "snake_case")]
enum Plain {
    One,
    TwoWords,
    #[serde(other)]
    Other,
}

#[derive(Debug, PartialEq, Serialize, Deserialize, FromJson)]
#[serde(rename_all = "snake_case")]
enum Shape {
    Nothing,
    OneValue(u32),
    NamedFields { word: String, plain: Option<Plain> },
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize, FromJson)]
#[serde(transparent)]
struct Moment(String);

#[derive(Debug, Default, PartialEq, Serialize, Deserialize, FromJson)]
struct Empty {}

fn everything() -> Everything {
    Everything {
        text: "\"门神\"\n\u{1f600}".into(),
        small: u8::MAX,
        large: u32::MAX,
        signed: i32::MIN,
        is: true,
        maybe: Some(0),
        list: vec![
            Shape::Nothing,
            Shape::OneValue(7),
            Shape::NamedFields { word: String::new(), plain: Some(Plain::TwoWords) },
            Shape::NamedFields { word: "w".into(), plain: None },
        ],
        kind: Some(Plain::One),
        at: Moment("2026-11-22T02:06:41Z".into()),
        empty: Empty {},
    }
}

#[test]
fn what_serde_writes_is_read() {
    for value in [everything(), Everything::default()] {
        let text = serde_json::to_string(&value).expect("serializes");
        assert_eq!(json::read(&text), Some(value), "{text}");
    }
}

#[test]
fn each_member_taken_away_or_altered_is_judged_as_by_serde() {
    let text = serde_json::to_string(&everything()).expect("serializes");
    let whole: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).expect("an object");
    let others = ["null", "1", "-1", "256", "4294967296", "1.0", "true", "\"one\"", "[]", "{}", "\"new\""];
    for name in whole.keys() {
        let mut altered = whole.clone();
        altered.remove(name);
        let mut texts = vec![serde_json::to_string(&altered).expect("serializes")];
        // serde also reads a struct from its values without names; the server never writes that.
        let others = others.iter().filter(|other| (name.as_str(), **other) != ("empty", "[]"));
        texts.extend(others.map(|other| {
            altered.insert(name.clone(), serde_json::from_str(other).expect("JSON"));
            serde_json::to_string(&altered).expect("serializes")
        }));
        for text in texts {
            assert_eq!(json::read::<Everything>(&text), serde_json::from_str(&text).ok(), "{text}");
        }
    }
}

#[test]
fn variants_are_judged_as_by_serde() {
    let texts = [
        "\"nothing\"",
        "{\"nothing\":null}",
        "\"Nothing\"",
        "\"one_value\"",
        "{\"one_value\":7}",
        "{\"one_value\":\"7\"}",
        "{\"one_value\":7,\"nothing\":null}",
        "{\"named_fields\":{\"word\":\"w\",\"more\":[1]}}",
        "{\"named_fields\":{}}",
        "{}",
        "7",
    ];
    for text in texts {
        assert_eq!(json::read::<Shape>(text), serde_json::from_str(text).ok(), "{text}");
    }
    for text in ["\"one\"", "\"two_words\"", "\"three\"", "\"TwoWords\"", "1", "null"] {
        assert_eq!(json::read::<Plain>(text), serde_json::from_str(text).ok(), "{text}");
    }
}
