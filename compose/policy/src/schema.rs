//! The JSON Schemas of policies and graphs, for editors, made from the shapes that the reader checks.

use serde_json::{Map, Value, json};

use crate::document::POLICY;
use crate::graph::GRAPH;
use crate::quantity::Unit;
use crate::shape::{Key, Need, Rule, Shape, TableShape};

/// The address of the schemas' latest state in the repository.
const PLACE: &str =
    "https://raw.githubusercontent.com/wasi-interpose/wasi-interpose/main/docs/schema";

/// The JSON Schema (draft 2020-12) of a policy file.
pub fn schema() -> Value {
    document("policy", "interpose policy", &POLICY)
}

/// The JSON Schema (draft 2020-12) of a graph, a file that names several components, each with its policy.
pub fn graph_schema() -> Value {
    document("graph", "interpose graph", &GRAPH)
}

fn document(name: &str, title: &str, shape: &TableShape) -> Value {
    let mut schema = Map::new();
    let dialect = "https://json-schema.org/draft/2020-12/schema";
    schema.insert("$schema".into(), dialect.into());
    schema.insert("$id".into(), format!("{PLACE}/{name}.json").into());
    schema.insert("title".into(), title.into());
    schema.extend(table(shape, true));
    Value::Object(schema)
}

/// The schema of a table. In a graph, the table of a policy has no version.
fn table(shape: &TableShape, with_version: bool) -> Map<String, Value> {
    let properties: Map<String, Value> = (shape.keys.iter())
        .map(|key| (key.name.to_owned(), described(key)))
        .collect();
    let is_version = |key: &Key| matches!(key.shape, Shape::Version(_));
    let required = shape
        .keys
        .iter()
        .filter(|key| matches!(key.need, Need::Required(_)) && (with_version || !is_version(key)));
    let required: Vec<&str> = required.map(|key| key.name).collect();
    let mut all: Vec<Value> = shape.rules.iter().filter_map(of_rule).collect();
    if shape.keys.iter().any(|key| key.name == EXTENDS) {
        all.push(without_base(shape));
    }
    let mut schema = Map::new();
    if !shape.about.is_empty() {
        schema.insert("description".into(), shape.about.into());
    }
    schema.insert("type".into(), "object".into());
    schema.insert("properties".into(), properties.into());
    if !required.is_empty() {
        schema.insert("required".into(), required.into());
    }
    schema.insert("additionalProperties".into(), false.into());
    if !all.is_empty() {
        schema.insert("allOf".into(), all.into());
    }
    schema
}

/// The key under which a policy names the one that it extends.
const EXTENDS: &str = "extends";

/// The requirements on the tables of a policy that extends none.
fn without_base(shape: &TableShape) -> Value {
    let tables = shape.keys.iter().filter_map(|key| {
        let Shape::Table(table) = &key.shape else {
            return None;
        };
        let mut required = Vec::new();
        let mut refused = Map::new();
        for key in table.keys {
            match key.need {
                Need::RequiredWithoutBase(_) => required.push(key.name),
                Need::Extending => {
                    refused.insert(key.name.into(), false.into());
                }
                Need::Optional | Need::Required(_) => {}
            }
        }
        let needs: Vec<Value> = table.rules.iter().filter_map(of_need).collect();
        if required.is_empty() && refused.is_empty() && needs.is_empty() {
            return None;
        }
        let mut schema = Map::new();
        if !required.is_empty() {
            schema.insert("required".into(), required.into());
        }
        if !refused.is_empty() {
            schema.insert("properties".into(), refused.into());
        }
        if !needs.is_empty() {
            schema.insert("allOf".into(), needs.into());
        }
        Some((key.name.to_owned(), Value::Object(schema)))
    });
    let tables: Map<String, Value> = tables.collect();
    json!({
        "if": { "required": [EXTENDS] },
        "then": true,
        "else": { "properties": tables },
    })
}

fn described(key: &Key) -> Value {
    let mut schema = of_shape(&key.shape);
    if let Value::Object(keywords) = &mut schema {
        let mut with = Map::new();
        with.insert("description".into(), key.about.into());
        keywords.remove("description");
        with.append(keywords);
        *keywords = with;
    }
    schema
}

/// A pattern for paths below a mount.
const RELATIVE_PATH: &str = "^[^/]+(/[^/]+)*$";

fn of_shape(shape: &Shape) -> Value {
    match shape {
        Shape::Version(version) => json!({ "const": version }),
        Shape::Text => json!({ "type": "string" }),
        Shape::AbsolutePath => json!({ "type": "string", "pattern": "^/([^/]+(/[^/]+)*)?$" }),
        Shape::RelativePath => json!({ "type": "string", "pattern": RELATIVE_PATH }),
        Shape::Line => json!({ "type": "string", "pattern": "^[^\\n]+$" }),
        Shape::NotEmpty => json!({ "type": "string", "minLength": 1 }),
        Shape::Sha256 => json!({ "type": "string", "pattern": "^[0-9A-Fa-f]{64}$" }),
        Shape::Boolean => json!({ "type": "boolean" }),
        Shape::Integer(least) => json!({ "type": "integer", "minimum": least }),
        Shape::Probability => json!({ "type": "number", "exclusiveMinimum": 0, "maximum": 1 }),
        Shape::Quantity(unit) => quantity(&format!("^{}$", pattern(unit))),
        Shape::Signed(unit) => quantity(&format!("^[+-]?{}$", pattern(unit))),
        Shape::Range(unit) => {
            let pattern = pattern(unit);
            quantity(&format!("^{pattern}(\\.\\.{pattern})?$"))
        }
        // JSON has no dates; editors read those of TOML as texts.
        Shape::DateTime => json!({ "type": "string", "format": "date-time" }),
        Shape::Words(words) => {
            let words = words().into_iter().map(|(word, about)| match about {
                "" => json!({ "const": word }),
                about => json!({ "const": word, "description": about }),
            });
            json!({ "type": "string", "oneOf": words.collect::<Vec<_>>() })
        }
        Shape::List(item) => json!({ "type": "array", "items": of_shape(item) }),
        Shape::NonEmptyList(item) => {
            json!({ "type": "array", "items": of_shape(item), "minItems": 1 })
        }
        Shape::Table(shape) => Value::Object(table(shape, false)),
        Shape::Names => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        Shape::NamesOf(value) => {
            json!({ "type": "object", "additionalProperties": of_shape(value) })
        }
        Shape::Paths(value) => json!({
            "type": "object",
            "propertyNames": { "pattern": RELATIVE_PATH },
            "additionalProperties": of_shape(value),
        }),
        Shape::Tables(shape) => json!({
            "type": "object",
            "additionalProperties": table(shape, false),
            "minProperties": 1,
        }),
        Shape::AnyOf(shapes) => {
            json!({ "anyOf": shapes.iter().map(of_shape).collect::<Vec<_>>() })
        }
    }
}

/// A text with a number and a unit, or the number 0.
fn quantity(pattern: &str) -> Value {
    json!({ "anyOf": [{ "type": "string", "pattern": pattern }, { "const": 0 }] })
}

fn pattern(unit: &Unit) -> String {
    let units = unit.names().collect::<Vec<_>>().join("|");
    format!("(0|[0-9]+(\\.[0-9]+)?({units}))")
}

/// A rule, as far as it does not depend on the extended policy.
fn of_rule(rule: &Rule) -> Option<Value> {
    let required = |keys: &[&str]| json!({ "required": keys });
    let one_of = |keys: &[&str]| keys.iter().map(|key| required(&[key])).collect::<Vec<_>>();
    let refused = |keys: &[&str]| {
        let keys = keys.iter().map(|key| ((*key).to_owned(), false.into()));
        json!({ "properties": keys.collect::<Map<_, Value>>() })
    };
    Some(match rule {
        Rule::Only { keys, key, words } => json!({
            "if": { "required": [key], "properties": { *key: { "not": { "enum": words } } } },
            "then": refused(keys),
        }),
        Rule::Needs { inherits: true, .. } | Rule::With { inherits: true, .. } => return None,
        Rule::Needs {
            key, word, needs, ..
        } => needed(key, word, needs),
        Rule::AtMostOne { keys, .. } => {
            let pairs = keys.iter().enumerate().flat_map(|(index, key)| {
                let others = keys.iter().skip(index + 1);
                others.map(move |other| required(&[key, other]))
            });
            json!({ "not": { "anyOf": pairs.collect::<Vec<_>>() } })
        }
        Rule::AtLeastOne { keys, .. } => json!({ "anyOf": one_of(keys) }),
        Rule::With { keys, other, .. } => with(keys, other),
        Rule::Excludes { key, other, .. } => json!({
            "if": { "required": [key], "properties": { *key: { "const": true } } },
            "then": refused(&[other]),
        }),
    })
}

/// A rule that the extended policy may fulfil.
fn of_need(rule: &Rule) -> Option<Value> {
    match rule {
        Rule::Needs {
            key,
            word,
            needs,
            inherits: true,
            ..
        } => Some(needed(key, word, needs)),
        Rule::With {
            keys,
            other,
            inherits: true,
            ..
        } => Some(with(keys, other)),
        _ => None,
    }
}

/// Some keys have no effect without another.
fn with(keys: &[&str], other: &str) -> Value {
    let needs = keys.iter().map(|key| ((*key).to_owned(), json!([other])));
    json!({ "dependentRequired": needs.collect::<Map<_, Value>>() })
}

/// A word under a key requires another key.
fn needed(key: &str, word: &str, needs: &str) -> Value {
    json!({
        "if": { "required": [key], "properties": { key: { "const": word } } },
        "then": { "required": [needs] },
    })
}
