//! Values with their places, and splices: what is not named stays, the result parses, and an edit can be taken back.

use ocikit::json::{Edit, Kind, Problem, ProblemKind, Value, check, edit, pointer_token};

use super::bytes::Bytes;

/// A document, then behind a NUL what is to be done with it.
pub fn target(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
    let (document, choices) = data.split_at(end);
    let Ok(document) = std::str::from_utf8(document) else { return };
    let value = Value::parse(document);
    let other: Result<serde_json::Value, _> = serde_json::from_str(document);
    let Ok(value) = value else {
        assert!(other.is_err(), "refused, and JSON to serde_json");
        return;
    };
    let mut places = Vec::new();
    collect(value, String::new(), 0, &mut places);
    for (pointer, place) in &places {
        assert_eq!(&document[place.span()], place.text());
        if let Ok(other) = &other {
            same_value(*place, other.pointer(pointer));
        }
    }
    let problems = check(value, 40, 1_000_000, 1000);
    let repeated: Vec<String> = problems.iter().filter_map(repeated).collect();
    for problem in problems.iter().take(20) {
        // What a repeated key hides, no pointer leads to.
        let is_hidden = repeated.iter().any(|hidden| problem.pointer.starts_with(hidden));
        assert!(is_hidden || value.at(&problem.pointer).is_some(), "{problem:?}");
    }
    let mut choices = Bytes(choices);
    choices.byte();
    change(value, &places, &mut choices);
}

/// Where the values of a repeated key stand.
fn repeated(problem: &Problem) -> Option<String> {
    match &problem.kind {
        ProblemKind::DuplicateKey(key) => Some(format!("{}{}", problem.pointer, pointer_token(key))),
        _ => None,
    }
}

/// All values that a pointer leads to, without those that a repeated key hides.
fn collect<'a>(value: Value<'a>, pointer: String, depth: usize, places: &mut Vec<(String, Value<'a>)>) {
    if depth > 60 || places.len() > 400 {
        return;
    }
    let children: Vec<(String, Value<'a>)> = match (value.items(), value.members()) {
        (Some(items), _) => {
            assert_eq!(value.count_items(), Some(items.len()));
            items.into_iter().enumerate().map(|(number, item)| (format!("/{number}"), item)).collect()
        }
        (_, Some(members)) => {
            let last = |key: &str| value.get(key).map(|value| value.span());
            let seen = members.into_iter().filter(|member| last(&member.key) == Some(member.value.span()));
            seen.map(|member| (pointer_token(&member.key), member.value)).collect()
        }
        _ => Vec::new(),
    };
    for (token, child) in children {
        collect(child, format!("{pointer}{token}"), depth + 1, places);
    }
    places.push((pointer, value));
}

/// serde_json, which keeps the last of repeated keys as we do, has the same there.
fn same_value(ours: Value<'_>, other: Option<&serde_json::Value>) {
    let other = other.unwrap_or_else(|| panic!("serde_json has nothing where we have {ours:?}"));
    let kind = match other {
        serde_json::Value::Null => Kind::Null,
        serde_json::Value::Bool(_) => Kind::Bool,
        serde_json::Value::Number(_) => Kind::Number,
        serde_json::Value::String(_) => Kind::String,
        serde_json::Value::Array(_) => Kind::Array,
        serde_json::Value::Object(_) => Kind::Object,
    };
    assert_eq!(ours.kind(), kind);
    assert_eq!(ours.as_str().as_deref(), other.as_str());
    if let Some(number) = ours.as_u63() {
        assert_eq!(Some(number), other.as_u64());
    }
}

fn change(value: Value<'_>, places: &[(String, Value<'_>)], choices: &mut Bytes<'_>) {
    let document = value.document();
    let (pointer, place) = choices.one_of(places);
    let replacement = choices.one_of(places).1.text();
    let what = choices.byte() % 5;
    let containers: Vec<&(String, Value<'_>)> =
        places.iter().filter(|(_, value)| matches!(value.kind(), Kind::Array | Kind::Object)).collect();
    let container = (!containers.is_empty()).then(|| *choices.one_of(&containers));
    let at = choices.below(8);
    let key = "k~/\"\u{e4}";
    let edit = match (what, container) {
        (0, _) => Edit::Replace { pointer: pointer.clone(), value: replacement.to_owned() },
        (1, _) => Edit::Remove { pointer: pointer.clone() },
        (2, Some((array, list))) if list.kind() == Kind::Array => {
            Edit::InsertItem { array: array.clone(), at, value: replacement.to_owned() }
        }
        (_, Some((object, map))) if map.kind() == Kind::Object => {
            let (object, key, value) = (object.clone(), key.to_owned(), replacement.to_owned());
            if what == 3 { Edit::Set { object, key, value } } else { Edit::InsertMember { object, at, key, value } }
        }
        _ => return,
    };
    let Ok(changed) = edit::apply(document, std::slice::from_ref(&edit)) else { return };
    let new = Value::parse(&changed).unwrap_or_else(|error| panic!("{edit:?} made no JSON: {error}: {changed}"));
    match &edit {
        Edit::Replace { pointer, .. } => {
            let now = new.at(pointer).expect("what was put there");
            assert!(equal(now.text(), replacement), "{now:?} is not {replacement}");
            let back = Edit::Replace { pointer: pointer.clone(), value: place.text().to_owned() };
            let back = edit::apply(&changed, &[back]).unwrap();
            assert!(equal(&back, document), "{back} is not {document}");
            // Replacing leaves all around it as it is.
            let span = place.span();
            assert!(changed.starts_with(&document[..span.start]) && changed.ends_with(&document[span.end..]));
        }
        Edit::Remove { pointer } => {
            let (parent, token) = pointer.rsplit_once('/').unwrap();
            let [before, after] = [value, new].map(|value| values_in(value, parent));
            let gone: Vec<_> = before.iter().filter(|(name, _)| *name != unescaped(token)).collect();
            match value.at(parent).unwrap().kind() {
                Kind::Array => assert_eq!(before.len(), after.len() + 1),
                // What stays is there byte for byte, in order.
                _ => assert_eq!(gone, after.iter().collect::<Vec<_>>()),
            }
        }
        Edit::InsertItem { array, .. } => {
            let at = at.min(values_in(value, array).len());
            let back = edit::apply(&changed, &[Edit::Remove { pointer: format!("{array}/{at}") }]).unwrap();
            same_children(value, &back, array);
        }
        Edit::InsertMember { object, .. } | Edit::Set { object, .. }
            if value.at(object).unwrap().get(key).is_none() =>
        {
            let pointer = format!("{object}{}", pointer_token(key));
            let back = edit::apply(&changed, &[Edit::Remove { pointer }]).unwrap();
            same_children(value, &back, object);
        }
        _ => {}
    }
}

fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// The children of a container: names or numbers, and their text.
fn values_in(value: Value<'_>, pointer: &str) -> Vec<(String, String)> {
    let value = value.at(pointer).unwrap();
    match value.items() {
        Some(items) => items.iter().enumerate().map(|(n, item)| (n.to_string(), item.text().to_owned())).collect(),
        None => {
            let members = value.members().unwrap();
            members.into_iter().map(|member| (member.key.into_owned(), member.value.text().to_owned())).collect()
        }
    }
}

/// Inserting and removing leaves the bytes of all children; white space of a container that was empty may change.
fn same_children(value: Value<'_>, back: &str, pointer: &str) {
    let children = values_in(value, pointer);
    assert_eq!(children, values_in(Value::parse(back).unwrap(), pointer));
    if !children.is_empty() {
        assert_eq!(value.document(), back);
    }
}

/// Equal but for white space between tokens, which an edit lays out as the document has it.
fn equal(one: &str, other: &str) -> bool {
    let stripped = |text: &str| {
        let (mut out, mut inside, mut escaped) = (String::new(), false, false);
        for c in text.chars() {
            if inside || !c.is_ascii_whitespace() {
                out.push(c);
            }
            match c {
                '"' if !escaped => inside = !inside,
                '\\' if inside && !escaped => {
                    escaped = true;
                    continue;
                }
                _ => {}
            }
            escaped = false;
        }
        out
    };
    stripped(one) == stripped(other)
}
