//! A plain validator of JSON schemas: the keywords that the schemas in `man/schema` use, and no other.
//!
//! It is stricter than a schema in one thing: an object has no member that the schema does not know. Within a version
//! members may come, so the schemas leave that open; what is written today has to be described.

use serde_json::Value;

/// Fails with every place at which the value is not as the schema says.
#[track_caller]
pub fn assert_valid(schema: &Value, value: &Value, what: &str) {
    let mut problems = Vec::new();
    check(schema, schema, value, "", &mut problems);
    assert!(problems.is_empty(), "{what}:\n{}", problems.join("\n"));
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, problems: &mut Vec<String>) {
    let Value::Object(keywords) = schema else {
        assert_eq!(schema, &Value::Bool(true), "{at}: a schema is an object or true");
        return;
    };
    let mut fits = |fits: bool, keyword: &str| {
        if !fits {
            problems.push(format!("{at}: {keyword} {} does not take {value}", keywords[keyword]));
        }
    };
    for (keyword, wanted) in keywords {
        match keyword.as_str() {
            "type" => fits(types(wanted).any(|name| is_type(name, value)), keyword),
            "const" => fits(wanted == value, keyword),
            "enum" => fits(wanted.as_array().unwrap().contains(value), keyword),
            "minimum" => fits(value.as_f64().is_none_or(|number| number >= wanted.as_f64().unwrap()), keyword),
            "maximum" => fits(value.as_f64().is_none_or(|number| number <= wanted.as_f64().unwrap()), keyword),
            "required" => {
                let missing = |name: &Value| value.is_object() && value.get(name.as_str().unwrap()).is_none();
                fits(!wanted.as_array().unwrap().iter().any(missing), keyword);
            }
            "anyOf" | "oneOf" => {
                let takes = wanted.as_array().unwrap().iter().filter(|schema| is_valid(root, schema, value)).count();
                fits(if keyword == "oneOf" { takes == 1 } else { takes > 0 }, keyword);
            }
            "$ref"
            | "items"
            | "properties"
            | "additionalProperties"
            | "description"
            | "title"
            | "format"
            | "$schema"
            | "$defs"
            | "default" => {}
            other => panic!("{at}: the keyword `{other}` is not known here"),
        }
    }
    if let Some(reference) = keywords.get("$ref") {
        let target = root.pointer(reference.as_str().unwrap().strip_prefix('#').unwrap()).unwrap();
        check(root, target, value, at, problems);
    }
    if let (Some(items), Value::Array(list)) = (keywords.get("items"), value) {
        for (number, item) in list.iter().enumerate() {
            check(root, items, item, &format!("{at}/{number}"), problems);
        }
    }
    if let (Some(Value::Object(properties)), Value::Object(members)) = (keywords.get("properties"), value) {
        for (name, member) in members {
            let at = format!("{at}/{name}");
            match (properties.get(name), keywords.get("additionalProperties")) {
                (Some(schema), _) => check(root, schema, member, &at, problems),
                (None, Some(schema)) if schema.is_object() => check(root, schema, member, &at, problems),
                (None, _) => problems.push(format!("{at}: the schema has no such member")),
            }
        }
    }
}

fn is_valid(root: &Value, schema: &Value, value: &Value) -> bool {
    let mut problems = Vec::new();
    check(root, schema, value, "", &mut problems);
    problems.is_empty()
}

fn types(wanted: &Value) -> impl Iterator<Item = &str> {
    let list = wanted.as_array().map_or(std::slice::from_ref(wanted), Vec::as_slice);
    list.iter().map(|name| name.as_str().unwrap())
}

fn is_type(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        other => panic!("no type is named `{other}`"),
    }
}
