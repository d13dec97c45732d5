//! An object a line.

use std::fmt::Write as _;
use std::time::Duration;

use interpose_calls::{Event, Kind, Style, Table, TypeId, Value};
use interpose_stdio::is_printable;

use crate::outcome::Outcome;
use crate::text::event;
use crate::tracer::{Call, Format, Scope};

/// The most characters of a text in the members that are for people.
const LIMIT: usize = 200;

/// Shows an object a line, for programs. `docs/trace.schema.json` is its schema.
#[derive(Clone, Debug, Default)]
pub struct Json {
    lines: String,
}

impl Json {
    /// There are no lines yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the lines so far.
    pub fn take(&mut self) -> String {
        std::mem::take(&mut self.lines)
    }

    fn start(&mut self, scope: &Scope<'_>, kind: &str, at: Duration) {
        self.lines.push_str("{\"kind\":");
        string(&mut self.lines, kind);
        let _ = write!(self.lines, ",\"at\":{}", at.as_nanos());
        if let Some(source) = scope.source {
            self.lines.push_str(",\"source\":");
            string(&mut self.lines, source);
        }
    }

    fn function(&mut self, interface: &str, function: &str, name: &str) {
        for (member, text) in [
            ("interface", interface),
            ("function", function),
            ("name", name),
        ] {
            let _ = write!(self.lines, ",\"{member}\":");
            string(&mut self.lines, text);
        }
    }
}

impl Format for Json {
    fn called(&mut self, scope: &Scope<'_>, call: &Call) {
        self.start(scope, "call", call.at);
        let Some((function, name)) = scope.function(call) else {
            return;
        };
        self.function(&function.interface, &function.name, &name.filtered);
        self.lines.push_str(",\"arguments\":{");
        let arguments = function.parameters.iter().zip(&call.arguments);
        for (index, (parameter, argument)) in arguments.enumerate() {
            if index > 0 {
                self.lines.push(',');
            }
            string(&mut self.lines, &parameter.name);
            self.lines.push(':');
            value(&mut self.lines, scope, parameter.ty, argument);
        }
        self.lines.push('}');
    }

    fn returned(&mut self, scope: &Scope<'_>, call: &Call, result: Option<&Value>, took: Duration) {
        if let Some((function, _)) = scope.function(call) {
            let outcome = match scope.outcome(function, result) {
                Outcome::Ok => "ok",
                Outcome::Error => "error",
                Outcome::Denied => "denied",
            };
            let _ = write!(self.lines, ",\"outcome\":\"{outcome}\"");
            if let Some((ty, result)) = function.result.zip(result) {
                self.lines.push_str(",\"result\":");
                value(&mut self.lines, scope, ty, result);
            }
        }
        let _ = writeln!(self.lines, ",\"duration\":{}}}", took.as_nanos());
    }

    fn unfinished(&mut self, _: &Scope<'_>, _: &Call, reason: Option<&str>) {
        self.lines.push_str(",\"outcome\":\"unfinished\"");
        if let Some(reason) = reason {
            self.lines.push_str(",\"reason\":");
            string(&mut self.lines, reason);
        }
        self.lines.push_str("}\n");
    }

    fn dropped(&mut self, scope: &Scope<'_>, at: Duration, resource: u32, identity: u64) {
        self.start(scope, "drop", at);
        let index = resource as usize;
        let named = scope.functions.table.resources.get(index);
        if let Some((ty, name)) = named.zip(scope.functions.drops.get(index)) {
            let function = format!("[resource-drop]{}", ty.name);
            self.function(&ty.interface, &function, &name.filtered);
        }
        self.lines.push_str(",\"resource\":");
        self::resource(&mut self.lines, scope, resource, identity);
        self.lines.push_str("}\n");
    }

    fn differs(&mut self, scope: &Scope<'_>, at: Duration, expected: Option<&Event>, came: &Event) {
        self.start(scope, "differs", at);
        self.lines.push_str(",\"expected\":");
        let said = |one: &Event| {
            let mut text = String::new();
            event(&mut text, scope, one, LIMIT);
            text
        };
        match expected {
            Some(expected) => string(&mut self.lines, &said(expected)),
            None => self.lines.push_str("null"),
        }
        self.lines.push_str(",\"came\":");
        string(&mut self.lines, &said(came));
        self.lines.push_str("}\n");
    }
}

fn value(out: &mut String, scope: &Scope<'_>, ty: TypeId, value: &Value) {
    let table = &*scope.functions.table;
    let kind = table.types.get(ty as usize).map(|ty| &ty.kind);
    match (kind, value) {
        (_, Value::Bool(value)) => push(out, value),
        (_, Value::Unsigned(value)) => push(out, value),
        (_, Value::Signed(value)) => push(out, value),
        (_, Value::F32(value)) => float(out, f64::from(*value), value),
        (_, Value::F64(value)) => float(out, *value, value),
        (_, Value::Char(value)) => string(out, value.encode_utf8(&mut [0; 4])),
        (_, Value::String { text, length }) => {
            if text.len() as u64 == *length {
                string(out, text);
            } else {
                out.push_str("{\"text\":");
                string(out, text);
                let _ = write!(out, ",\"length\":{length}}}");
            }
        }
        (_, Value::Bytes { bytes, length }) => {
            out.push_str("{\"bytes\":\"");
            for byte in bytes {
                let _ = write!(out, "{byte:02x}");
            }
            let _ = write!(out, "\",\"length\":{length}}}");
        }
        (Some(Kind::List(element)), Value::List { items, length }) => {
            let is_cut = items.len() as u64 != *length;
            if is_cut {
                out.push_str("{\"items\":");
            }
            separated(out, ['[', ']'], items.iter(), |out, item| {
                self::value(out, scope, *element, item);
            });
            if is_cut {
                let _ = write!(out, ",\"length\":{length}}}");
            }
        }
        (Some(Kind::Record(fields)), Value::Record(values)) => {
            let fields = fields.iter().zip(values);
            if fields.clone().all(|(field, _)| field.name.is_empty()) {
                separated(out, ['[', ']'], fields, |out, (field, value)| {
                    self::value(out, scope, field.ty, value);
                });
            } else {
                separated(out, ['{', '}'], fields, |out, (field, value)| {
                    string(out, &field.name);
                    out.push(':');
                    self::value(out, scope, field.ty, value);
                });
            }
        }
        (Some(Kind::Variant { style, cases, .. }), Value::Variant { case, payload }) => {
            let Some(case) = cases.get(*case as usize) else {
                out.push_str("null");
                return;
            };
            let payload = case.ty.zip(payload.as_deref());
            match (style, payload) {
                (Style::Option, None) => out.push_str("null"),
                (Style::Option, Some((ty, payload))) if !is_option(table, ty) => {
                    self::value(out, scope, ty, payload);
                }
                (Style::Enum | Style::Variant, None) => string(out, &case.name),
                _ => {
                    out.push('{');
                    string(out, &case.name);
                    out.push(':');
                    match payload {
                        Some((ty, payload)) => self::value(out, scope, ty, payload),
                        None => out.push_str("null"),
                    }
                    out.push('}');
                }
            }
        }
        (Some(Kind::Flags(names)), Value::Flags(words)) => {
            let set = names.iter().enumerate().filter(|(index, _)| {
                let word = words.get(index / 32).copied().unwrap_or_default();
                word >> (index % 32) & 1 == 1
            });
            separated(out, ['[', ']'], set, |out, (_, name)| string(out, name));
        }
        (Some(Kind::Own(resource) | Kind::Borrow(resource)), Value::Resource(identity)) => {
            self::resource(out, scope, *resource, *identity);
        }
        _ => out.push_str("null"),
    }
}

fn is_option(table: &Table, ty: TypeId) -> bool {
    let ty = table.types.get(ty as usize);
    ty.is_some_and(|ty| {
        matches!(
            ty.kind,
            Kind::Variant {
                style: Style::Option,
                ..
            }
        )
    })
}

fn resource(out: &mut String, scope: &Scope<'_>, resource: u32, identity: u64) {
    out.push_str("{\"resource\":");
    let resources = &scope.functions.table.resources;
    let name = resources.get(resource as usize);
    string(out, name.map_or("", |resource| &resource.name));
    let _ = write!(out, ",\"identity\":{identity}");
    if let Some(label) = scope.labels.label(resource, identity) {
        out.push_str(",\"label\":");
        string(out, label);
    }
    out.push('}');
}

fn push(out: &mut String, value: &impl std::fmt::Display) {
    let _ = write!(out, "{value}");
}

/// Writes a number, or as a text what is no number of JSON.
fn float(out: &mut String, wide: f64, value: &impl std::fmt::Debug) {
    let _ = match wide.is_finite() {
        true => write!(out, "{value:?}"),
        false => write!(out, "\"{value:?}\""),
    };
}

fn separated<T>(
    out: &mut String,
    [start, end]: [char; 2],
    items: impl Iterator<Item = T>,
    mut write: impl FnMut(&mut String, T),
) {
    out.push(start);
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(end);
}

/// Writes a text in quotes, in which nothing changes what a terminal does, and nothing ends an element of HTML.
pub(crate) fn string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    let is_escaped = |c: char| matches!(c, '"' | '\\' | '<') || !is_printable(c);
    while let Some(at) = rest.find(is_escaped) {
        out.push_str(&rest[..at]);
        let mut characters = rest[at..].chars();
        match characters.next() {
            Some('"') => out.push_str("\\\""),
            Some('\\') => out.push_str("\\\\"),
            Some('\n') => out.push_str("\\n"),
            Some(other) => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            None => {}
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
    out.push('"');
}
