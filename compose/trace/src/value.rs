//! Values as text, in the notation of WAVE, with resources by their labels.

use std::fmt::Write as _;

use interpose_calls::{Kind, Style, Table, TypeId, Value};
use interpose_stdio::is_printable;

use interpose_labels::Labels;

/// Writes values.
#[derive(Clone, Copy)]
pub(crate) struct Values<'a> {
    pub(crate) table: &'a Table,
    pub(crate) labels: &'a Labels,
    /// The most characters of a text, bytes of a list of bytes, or elements of another list.
    pub(crate) limit: usize,
}

impl Values<'_> {
    /// Writes a result: the value in `ok` without that word.
    pub(crate) fn result(&self, out: &mut String, ty: Option<TypeId>, value: Option<&Value>) {
        let Some((ty, value)) = ty.zip(value) else {
            out.push_str("()");
            return;
        };
        match (self.kind(ty), value) {
            (
                Some(Kind::Variant {
                    style: Style::Result,
                    cases,
                    ..
                }),
                Value::Variant {
                    case: 0,
                    payload: Some(payload),
                },
            ) => match cases.first().and_then(|case| case.ty) {
                Some(ty) => self.value(out, ty, payload),
                None => out.push_str("ok"),
            },
            _ => self.value(out, ty, value),
        }
    }

    fn kind(&self, ty: TypeId) -> Option<&Kind> {
        Some(&self.table.types.get(ty as usize)?.kind)
    }

    /// Writes a value.
    pub(crate) fn value(&self, out: &mut String, ty: TypeId, value: &Value) {
        match (self.kind(ty), value) {
            (_, Value::Bool(value)) => push(out, value),
            (_, Value::Unsigned(value)) => push(out, value),
            (_, Value::Signed(value)) => push(out, value),
            (_, Value::F32(value)) => float(out, f64::from(*value), value),
            (_, Value::F64(value)) => float(out, *value, value),
            (_, Value::Char(value)) => {
                out.push('\'');
                character(out, *value, '\'');
                out.push('\'');
            }
            (_, Value::String { text, length }) => self.text(out, text, *length),
            (_, Value::Bytes { bytes, length }) => self.bytes(out, bytes, *length),
            (Some(Kind::List(element)), Value::List { items, length }) => {
                self.list(out, *element, items, *length);
            }
            (Some(Kind::Record(fields)), Value::Record(values)) => {
                let is_tuple = fields.iter().all(|field| field.name.is_empty());
                let (start, end) = if is_tuple { ('(', ')') } else { ('{', '}') };
                out.push(start);
                for (index, (field, value)) in fields.iter().zip(values).enumerate() {
                    if index > 0 {
                        out.push_str(", ");
                    }
                    if !is_tuple {
                        plain(out, &field.name);
                        out.push_str(": ");
                    }
                    self.value(out, field.ty, value);
                }
                out.push(end);
            }
            (Some(Kind::Variant { cases, .. }), Value::Variant { case, payload }) => {
                let Some(case) = cases.get(*case as usize) else {
                    out.push('?');
                    return;
                };
                plain(out, &case.name);
                if let Some((ty, payload)) = case.ty.zip(payload.as_deref()) {
                    out.push('(');
                    self.value(out, ty, payload);
                    out.push(')');
                }
            }
            (Some(Kind::Flags(names)), Value::Flags(words)) => {
                out.push('{');
                let set = names.iter().enumerate().filter(|(index, _)| {
                    let word = words.get(index / 32).copied().unwrap_or_default();
                    word >> (index % 32) & 1 == 1
                });
                for (position, (_, name)) in set.enumerate() {
                    if position > 0 {
                        out.push_str(", ");
                    }
                    plain(out, name);
                }
                out.push('}');
            }
            (Some(Kind::Own(resource) | Kind::Borrow(resource)), Value::Resource(identity)) => {
                self.resource(out, *resource, *identity);
            }
            // A value of another type, which no probe reports.
            _ => out.push('?'),
        }
    }

    /// Writes a resource: its type, its number and its label.
    pub(crate) fn resource(&self, out: &mut String, resource: u32, identity: u64) {
        let name = self.table.resources.get(resource as usize);
        plain(out, name.map_or("resource", |resource| &resource.name));
        out.push('#');
        push(out, &identity);
        if let Some(label) = self.labels.shown(resource, identity) {
            out.push(' ');
            if label.is_name() {
                out.push('"');
                escaped(out, &label.text, '"');
                out.push('"');
            } else {
                plain(out, &label.text);
            }
        }
    }

    fn text(&self, out: &mut String, text: &str, length: u64) {
        let end = text.char_indices().nth(self.limit).map(|(end, _)| end);
        let kept = &text[..end.unwrap_or(text.len())];
        out.push('"');
        escaped(out, kept, '"');
        out.push('"');
        // The end of a text that was not kept can be replaced by a longer character.
        if end.is_some() || text.len() as u64 != length {
            let _ = write!(out, "… ({length} bytes)");
        }
    }

    fn bytes(&self, out: &mut String, bytes: &[u8], length: u64) {
        let kept = &bytes[..bytes.len().min(self.limit)];
        out.push_str("b\"");
        for chunk in kept.utf8_chunks() {
            escaped(out, chunk.valid(), '"');
            for byte in chunk.invalid() {
                let _ = write!(out, "\\x{byte:02x}");
            }
        }
        out.push('"');
        if (kept.len() as u64) < length {
            let _ = write!(out, "… ({length} bytes)");
        }
    }

    fn list(&self, out: &mut String, element: TypeId, items: &[Value], length: u64) {
        out.push('[');
        let kept = &items[..items.len().min(self.limit)];
        for (index, item) in kept.iter().enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            self.value(out, element, item);
        }
        if (kept.len() as u64) < length {
            let _ = write!(out, ", … ({length} items)");
        }
        out.push(']');
    }
}

fn push(out: &mut String, value: &impl std::fmt::Display) {
    let _ = write!(out, "{value}");
}

/// Writes a number as WAVE does, which writes `nan` and `inf`, and always as a number that is no integer.
fn float(out: &mut String, wide: f64, value: &impl std::fmt::Debug) {
    let _ = match wide {
        _ if wide.is_nan() => write!(out, "nan"),
        _ if wide.is_infinite() => write!(out, "{}inf", if wide < 0.0 { "-" } else { "" }),
        _ => write!(out, "{value:?}"),
    };
}

/// Writes text in which nothing is a line break or changes what a terminal does.
pub(crate) fn plain(out: &mut String, text: &str) {
    escape(out, text, |c| !is_printable(c));
}

/// Writes the content of a quoted text.
fn escaped(out: &mut String, text: &str, quote: char) {
    escape(out, text, |c| c == quote || c == '\\' || !is_printable(c));
}

fn escape(out: &mut String, text: &str, is_escaped: impl Fn(char) -> bool) {
    let mut rest = text;
    while let Some(at) = rest.find(&is_escaped) {
        out.push_str(&rest[..at]);
        let mut characters = rest[at..].chars();
        if let Some(one) = characters.next() {
            escape_one(out, one);
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
}

fn character(out: &mut String, one: char, quote: char) {
    escaped(out, one.encode_utf8(&mut [0; 4]), quote);
}

fn escape_one(out: &mut String, one: char) {
    match one {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '"' | '\'' | '\\' => {
            out.push('\\');
            out.push(one);
        }
        _ => {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(one));
        }
    }
}
