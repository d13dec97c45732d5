//! The JSON Schema against policies: it accepts what the parser accepts, and sees what a schema can see.

use std::fs;
use std::path::Path;

use interpose_policy::{Policy, schema};
use serde_json::Value;

/// Whether `value` is as `schema` says, for the keywords that the schema of policies uses. Patterns and formats are
/// not compared.
fn valid(root: &Value, schema: &Value, value: &Value) -> bool {
    let Value::Object(keywords) = schema else {
        return schema == &Value::Bool(true);
    };
    keywords
        .iter()
        .all(|(keyword, wanted)| match keyword.as_str() {
            "$ref" => {
                let pointer = wanted
                    .as_str()
                    .and_then(|reference| reference.strip_prefix('#'))
                    .unwrap();
                valid(root, root.pointer(pointer).unwrap(), value)
            }
            "type" => match wanted {
                Value::Array(types) => types.iter().any(|wanted| has_type(wanted, value)),
                wanted => has_type(wanted, value),
            },
            "anyOf" => wanted
                .as_array()
                .unwrap()
                .iter()
                .any(|schema| valid(root, schema, value)),
            "oneOf" => {
                wanted
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter(|schema| valid(root, schema, value))
                    .count()
                    == 1
            }
            "const" => wanted == value,
            "enum" => wanted.as_array().unwrap().contains(value),
            "minimum" => value
                .as_f64()
                .is_none_or(|number| number >= wanted.as_f64().unwrap()),
            "maximum" => value
                .as_f64()
                .is_none_or(|number| number <= wanted.as_f64().unwrap()),
            "required" => value.as_object().is_none_or(|object| {
                wanted
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|key| object.contains_key(key.as_str().unwrap()))
            }),
            "properties" => value.as_object().is_none_or(|object| {
                object.iter().all(|(key, value)| {
                    wanted
                        .get(key)
                        .is_none_or(|schema| valid(root, schema, value))
                })
            }),
            "additionalProperties" => value.as_object().is_none_or(|object| {
                let known = |key: &String| {
                    keywords
                        .get("properties")
                        .is_some_and(|known| known.get(key).is_some())
                };
                object
                    .iter()
                    .all(|(key, value)| known(key) || valid(root, wanted, value))
            }),
            "items" => value
                .as_array()
                .is_none_or(|items| items.iter().all(|item| valid(root, wanted, item))),
            "$schema" | "$defs" | "title" | "description" | "format" | "pattern" | "default" => {
                true
            }
            _ => panic!("the schema uses `{keyword}`, which this test does not know"),
        })
}

fn has_type(wanted: &Value, value: &Value) -> bool {
    match wanted.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("unknown type {other}"),
    }
}

/// A policy as JSON, with dates and times as text, which is how editors see them.
fn json(source: &str) -> Option<Value> {
    fn convert(value: toml::Value) -> Value {
        match value {
            toml::Value::Datetime(datetime) => datetime.to_string().into(),
            toml::Value::Array(items) => items.into_iter().map(convert).collect(),
            toml::Value::Table(table) => table
                .into_iter()
                .map(|(key, value)| (key, convert(value)))
                .collect(),
            other => serde_json::to_value(other).unwrap(),
        }
    }
    source
        .parse::<toml::Table>()
        .ok()
        .map(|table| convert(table.into()))
}

#[test]
fn built_in_policies_are_valid() {
    let schema = schema();
    for builtin in Policy::builtins() {
        assert!(
            valid(&schema, &schema, &json(builtin.source).unwrap()),
            "{}",
            builtin.name
        );
    }
}

#[test]
fn the_schema_agrees_with_the_parser() {
    let schema = schema();
    let (mut accepted, mut refused) = (0, 0);
    for entry in
        fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/policy"))
            .unwrap()
    {
        let case = entry.unwrap().path();
        let Some(policy) = json(&fs::read_to_string(case.join("policy.toml")).unwrap()) else {
            continue;
        };
        let valid = valid(&schema, &schema, &policy);
        let name = case.file_name().unwrap().to_str().unwrap();
        match fs::read_to_string(case.join("error.txt")) {
            Err(_) => {
                assert!(valid, "{name} is a policy");
                accepted += 1;
            }
            // JSON has no dates, so a schema cannot tell one from a string.
            Ok(_) if name == "clocks-start-string" => assert!(valid, "{name}"),
            Ok(error)
                if ["unknown-key", "wrong-type", "version"]
                    .iter()
                    .any(|kind| error.contains(&format!("policy::{kind}\n"))) =>
            {
                assert!(!valid, "{name} is not a policy:\n{error}");
                refused += 1;
            }
            Ok(_) => {}
        }
    }
    assert!(
        accepted >= 5 && refused >= 20,
        "{accepted} accepted, {refused} refused"
    );
}
