use proptest::prelude::*;
use serde_json::Value as Json;

use super::*;

fn replace(pointer: &str, value: &str) -> Edit {
    Edit::Replace { pointer: pointer.into(), value: value.into() }
}

fn remove(pointer: &str) -> Edit {
    Edit::Remove { pointer: pointer.into() }
}

fn item(array: &str, at: usize, value: &str) -> Edit {
    Edit::InsertItem { array: array.into(), at, value: value.into() }
}

fn member(object: &str, at: usize, key: &str, value: &str) -> Edit {
    Edit::InsertMember { object: object.into(), at, key: key.into(), value: value.into() }
}

fn set(object: &str, key: &str, value: &str) -> Edit {
    Edit::Set { object: object.into(), key: key.into(), value: value.into() }
}

#[test]
fn only_what_is_named_changes() {
    for (document, edits, expected) in [
        (" {\"a\": 1E5 , \"b\":2.50}\n", vec![replace("/b", "\"x\"")], " {\"a\": 1E5 , \"b\":\"x\"}\n"),
        ("[1,2,3]", vec![remove("/0")], "[2,3]"),
        ("[1, 2, 3]", vec![remove("/1")], "[1, 3]"),
        ("[1, 2, 3]", vec![remove("/2"), remove("/0")], "[2]"),
        ("[ 1 ]", vec![remove("/0")], "[]"),
        ("{\"a\":1,\"a\":2,\"b\":3}", vec![remove("/a")], "{\"b\":3}"),
        ("{\"a\":1,\"a\":2}", vec![replace("/a", "5")], "{\"a\":1,\"a\":5}"),
        ("[1,2]", vec![item("", 0, "0"), item("", 1, "1.5"), item("", 9, "3"), item("", 9, "4")], "[0,1,1.5,2,3,4]"),
        ("[1, 2]", vec![remove("/0"), item("", 0, "9")], "[9, 2]"),
        ("[1]", vec![remove("/0"), item("", 0, "9"), item("", 1, "8")], "[9,8]"),
        ("{\"a\": {}}", vec![set("/a", "k\"", "[1,2]")], "{\"a\": {\"k\\\"\": [1, 2]}}"),
        ("{}", vec![set("", "k", "{ \"x\" : null }")], "{\"k\":{\"x\":null}}"),
        ("\u{feff}{}", vec![set("", "k", "1")], "\u{feff}{\"k\":1}"),
        ("[{\"a\":[1]}]", vec![replace("/0/a/0", "2"), remove("/0")], "[]"),
        ("[[1],[2]]", vec![replace("/0/0", "7"), item("", 0, "0"), item("/1", 1, "3")], "[0,[7],[2,3]]"),
        ("5", vec![replace("", "6")], "6"),
    ] {
        assert_eq!(apply(document, &edits).as_deref(), Ok(expected), "{document} {edits:?}");
    }
}

#[test]
fn new_values_look_like_their_neighbours() {
    let indented = "{\n   \"manifests\": [\n      {\n         \"size\": 1\n      }\n   ]\n}\n";
    let two = "{\n   \"manifests\": [\n      {\n         \"size\": 1\n      },\n      {\n         \"a\": [\n            1,\n            2\n         ],\n         \"b\": {}\n      }\n   ]\n}\n";
    assert_eq!(apply(indented, &[item("/manifests", 1, r#"{"a":[1,2],"b":{ }}"#)]).as_deref(), Ok(two));
    assert_eq!(apply(two, &[remove("/manifests/1")]).as_deref(), Ok(indented));

    let empty = "{\n\t\"manifests\": []\n}";
    let one = "{\n\t\"manifests\": [\n\t\t{\n\t\t\t\"k\": \"a, b\"\n\t\t}\n\t]\n}";
    assert_eq!(apply(empty, &[item("/manifests", 0, r#"{"k":"a, b"}"#)]).as_deref(), Ok(one));

    let rows = "[\n  {\"a\":1},\n  {\"a\":2}\n]";
    let more = "[\n  {\"a\":1},\n  {\"a\":2},\n  {\"a\":3,\"b\":4}\n]";
    assert_eq!(apply(rows, &[item("", 2, r#"{"a": 3, "b": 4}"#)]).as_deref(), Ok(more));

    let windows = "{\r\n  \"a\": 1\r\n}\r\n";
    assert_eq!(apply(windows, &[set("", "b", "2")]).as_deref(), Ok("{\r\n  \"a\": 1,\r\n  \"b\": 2\r\n}\r\n"));
}

#[test]
fn what_cannot_be_done_says_why() {
    for (document, edit, error) in [
        ("{", remove("/a"), "not JSON: line 1, column 1: EOF while parsing an object"),
        ("{}", remove("/a"), "`/a`: no value there"),
        ("{}", remove(""), "``: no array item or object member there"),
        ("[]", set("", "a", "1"), "``: no object there"),
        ("{}", set("", "a", "{"), "the new value is not JSON: line 1, column 1: EOF while parsing an object"),
        ("{\"a\":1}", member("", 0, "a", "2"), "``: the key `a` exists already"),
    ] {
        assert_eq!(apply(document, &[edit]).unwrap_err().to_string(), error);
    }
    let twice = apply("[1]", &[replace("/0", "2"), replace("/0", "3")]);
    assert_eq!(twice.unwrap_err().to_string(), "`/0`: replaced twice");
}

/// A document in one consistent layout: on one line, or indented.
#[derive(Debug, Clone)]
struct Layout {
    unit: Option<&'static str>,
    comma: &'static str,
    colon: &'static str,
}

fn layouts() -> impl Strategy<Value = Layout> {
    let layout = |unit, comma, colon| Layout { unit, comma, colon };
    prop::sample::select(vec![
        layout(None, ",", ":"),
        layout(None, ", ", ": "),
        layout(Some("  "), ",", ": "),
        layout(Some("   "), ",", ": "),
        layout(Some("\t"), ",", ":"),
    ])
}

fn write(value: &Json, layout: &Layout, depth: usize, text: &mut String) {
    let line = |depth: usize| layout.unit.map_or(String::new(), |unit| format!("\n{}", unit.repeat(depth)));
    let comma = if layout.unit.is_some() { "," } else { layout.comma };
    let (open, close, count) = match value {
        Json::Array(items) if !items.is_empty() => ('[', ']', items.len()),
        Json::Object(members) if !members.is_empty() => ('{', '}', members.len()),
        other => return text.push_str(&other.to_string()),
    };
    text.push(open);
    for number in 0..count {
        text.push_str(if number > 0 { comma } else { "" });
        text.push_str(&line(depth + 1));
        match value {
            Json::Array(items) => write(&items[number], layout, depth + 1, text),
            Json::Object(members) => {
                let (key, member) = members.iter().nth(number).unwrap();
                text.push_str(&quoted(key));
                text.push_str(layout.colon);
                write(member, layout, depth + 1, text);
            }
            _ => {}
        }
    }
    text.push_str(&line(depth));
    text.push(close);
}

fn values() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i32>().prop_map(Json::from),
        "[a-z\"\\\\:,{}\\[\\]/~ \u{e4}]{0,6}".prop_map(Json::from),
    ];
    let value = leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            prop::collection::btree_map("[a-c/~\" ]{1,3}", inner, 0..5)
                .prop_map(|map| Json::Object(map.into_iter().collect())),
        ]
    });
    // At the top an object with a member that is never touched, as every document of an image has one.
    value.prop_map(|value| serde_json::json!({"first": {"fixed": [1, 2], "a": 3}, "value": value}))
}

/// The pointers to all items and members below `/value`.
fn elements(value: &Json, pointer: &str, found: &mut Vec<(String, usize, Option<String>)>) {
    let children: Vec<(Option<String>, &Json)> = match value {
        Json::Array(items) => items.iter().map(|item| (None, item)).collect(),
        Json::Object(members) => members.iter().map(|(key, value)| (Some(key.clone()), value)).collect(),
        _ => Vec::new(),
    };
    for (number, (key, child)) in children.into_iter().enumerate() {
        found.push((pointer.to_owned(), number, key.clone()));
        let token = key.as_deref().map_or_else(|| format!("/{number}"), super::super::pointer_token);
        elements(child, &format!("{pointer}{token}"), found);
    }
}

proptest! {
    #[test]
    fn remove_then_insert_gives_the_same_bytes(value in values(), layout in layouts(), pick: prop::sample::Index) {
        let mut text = String::new();
        write(&value, &layout, 0, &mut text);
        let mut all = Vec::new();
        elements(&value["value"], "/value", &mut all);
        prop_assume!(!all.is_empty());
        let (container, number, key) = pick.get(&all).clone();
        let token = key.as_deref().map_or_else(|| format!("/{number}"), super::super::pointer_token);
        let pointer = format!("{container}{token}");
        let element = Value::parse(&text).unwrap().at(&pointer).unwrap();

        let without = apply(&text, &[remove(&pointer)]).unwrap();
        let mut expected = value.clone();
        match expected.pointer_mut(&container).unwrap() {
            Json::Array(items) => drop(items.remove(number)),
            Json::Object(members) => drop(members.remove(key.as_deref().unwrap())),
            _ => unreachable!(),
        }
        prop_assert_eq!(serde_json::from_str::<Json>(&without).unwrap(), expected);
        // The untouched member keeps its bytes.
        let fixed = Value::parse(&text).unwrap().get("first").unwrap();
        prop_assert_eq!(fixed.text(), Value::parse(&without).unwrap().get("first").unwrap().text());

        let back = match key {
            None => item(&container, number, element.text()),
            Some(key) => member(&container, number, &key, element.text()),
        };
        prop_assert_eq!(apply(&without, &[back]).unwrap(), text);
    }

    #[test]
    fn replacing_means_what_it_says(value in values(), new in values(), layout in layouts(), pick: prop::sample::Index) {
        let mut text = String::new();
        write(&value, &layout, 0, &mut text);
        let mut all = Vec::new();
        elements(&value["value"], "/value", &mut all);
        prop_assume!(!all.is_empty());
        let (container, number, key) = pick.get(&all).clone();
        let token = key.as_deref().map_or_else(|| format!("/{number}"), super::super::pointer_token);
        let pointer = format!("{container}{token}");
        let changed = apply(&text, &[replace(&pointer, &new.to_string())]).unwrap();
        let mut expected = value.clone();
        *expected.pointer_mut(&pointer).unwrap() = new;
        prop_assert_eq!(serde_json::from_str::<Json>(&changed).unwrap(), expected);
    }
}
