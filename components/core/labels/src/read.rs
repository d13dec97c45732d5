//! Reads what is looked for in values.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use interpose_calls::{Kind, Style, Table, TypeId, Value};

/// A value with its type.
#[derive(Clone, Copy)]
pub(crate) struct Read<'a> {
    pub(crate) table: &'a Table,
    pub(crate) ty: TypeId,
    pub(crate) value: &'a Value,
}

impl<'a> Read<'a> {
    fn with(self, ty: TypeId, value: &'a Value) -> Self {
        Self { ty, value, ..self }
    }

    fn kind(self) -> Option<&'a Kind> {
        Some(&self.table.types.get(self.ty as usize)?.kind)
    }

    /// The elements of a list.
    pub(crate) fn items(self) -> impl Iterator<Item = Read<'a>> {
        let (element, items) = match (self.kind(), self.value) {
            (Some(Kind::List(element)), Value::List { items, .. }) => (*element, items.as_slice()),
            _ => (0, [].as_slice()),
        };
        items.iter().map(move |item| self.with(element, item))
    }

    /// The fields of a record or tuple.
    pub(crate) fn fields(self) -> impl Iterator<Item = Read<'a>> {
        let (fields, values) = match (self.kind(), self.value) {
            (Some(Kind::Record(fields)), Value::Record(values)) => {
                (fields.as_slice(), values.as_slice())
            }
            _ => ([].as_slice(), [].as_slice()),
        };
        let fields = fields.iter().zip(values);
        fields.map(move |(field, value)| self.with(field.ty, value))
    }

    /// The name of a variant's case.
    fn case(self) -> Option<&'a str> {
        match (self.kind()?, self.value) {
            (Kind::Variant { cases, .. }, Value::Variant { case, .. }) => {
                Some(&cases.get(*case as usize)?.name)
            }
            _ => None,
        }
    }

    /// The payload of a variant.
    pub(crate) fn payload(self) -> Option<Read<'a>> {
        match (self.kind()?, self.value) {
            (Kind::Variant { cases, .. }, Value::Variant { case, payload }) => {
                let ty = cases.get(*case as usize)?.ty?;
                Some(self.with(ty, payload.as_deref()?))
            }
            _ => None,
        }
    }

    /// A text, the text in an option or in a variant's case, or the name of a case without one.
    pub(crate) fn text_or_case(self) -> Option<String> {
        if let Value::String { .. } = self.value {
            return text_of(self.value);
        }
        let style = match self.kind()? {
            Kind::Variant { style, .. } => *style,
            _ => return None,
        };
        match (self.payload(), style) {
            (Some(payload), _) => payload.text_or_case(),
            (None, Style::Option | Style::Result) => None,
            (None, _) => self.case().map(str::to_owned),
        }
    }

    /// A resource: its type and its identity.
    pub(crate) fn resource(self) -> Option<(u32, u64)> {
        match (self.kind()?, self.value) {
            (Kind::Own(resource) | Kind::Borrow(resource), Value::Resource(identity)) => {
                Some((*resource, *identity))
            }
            _ => None,
        }
    }
}

/// What a call returned that had no error; `None` if it had one.
pub(crate) fn success(result: Option<Read<'_>>) -> Option<Option<Read<'_>>> {
    let Some(result) = result else {
        return Some(None);
    };
    match result.kind() {
        Some(Kind::Variant {
            style: Style::Result,
            ..
        }) => match result.value {
            Value::Variant { case: 0, .. } => Some(result.payload()),
            _ => None,
        },
        _ => Some(Some(result)),
    }
}

/// The text of an `ip-socket-address` of `wasi:sockets`.
pub(crate) fn address(value: Read<'_>) -> Option<String> {
    let case = value.case()?;
    let payload = value.payload()?;
    let numbers = |read: Read<'_>| -> Vec<u64> {
        let fields = read.fields();
        let numbers = fields.filter_map(|field| match field.value {
            Value::Unsigned(number) => Some(*number),
            _ => None,
        });
        numbers.collect()
    };
    let port = u16::try_from(*numbers(payload).first()?).ok()?;
    let mut parts = payload
        .fields()
        .filter(|field| matches!(field.value, Value::Record(_)));
    let parts = numbers(parts.next()?);
    let parts: Vec<u16> = parts
        .iter()
        .map_while(|part| u16::try_from(*part).ok())
        .collect();
    let address = match case {
        "ipv4" => {
            let bytes: Vec<u8> = parts
                .iter()
                .map_while(|part| u8::try_from(*part).ok())
                .collect();
            IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?))
        }
        "ipv6" => IpAddr::V6(Ipv6Addr::from(<[u16; 8]>::try_from(parts).ok()?)),
        _ => return None,
    };
    Some(SocketAddr::new(address, port).to_string())
}

/// The resource that a value is: the position of its type in [`Table::resources`], and its identity.
pub fn resource(table: &Table, ty: TypeId, value: &Value) -> Option<(u32, u64)> {
    Read { table, ty, value }.resource()
}

/// Calls `found` with each resource in a value: its type, its identity, and whether its ownership is passed.
pub(crate) fn each_resource(
    table: &Table,
    ty: TypeId,
    value: &Value,
    found: &mut impl FnMut(u32, u64, bool),
) {
    let Some(ty) = table.types.get(ty as usize) else {
        return;
    };
    match (&ty.kind, value) {
        (Kind::Own(resource), Value::Resource(identity)) => found(*resource, *identity, true),
        (Kind::Borrow(resource), Value::Resource(identity)) => found(*resource, *identity, false),
        (Kind::List(element), Value::List { items, .. }) => {
            for item in items {
                each_resource(table, *element, item, found);
            }
        }
        (Kind::Record(fields), Value::Record(values)) => {
            for (field, value) in fields.iter().zip(values) {
                each_resource(table, field.ty, value, found);
            }
        }
        (Kind::Variant { cases, .. }, Value::Variant { case, payload }) => {
            let ty = cases.get(*case as usize).and_then(|case| case.ty);
            if let Some((ty, payload)) = ty.zip(payload.as_deref()) {
                each_resource(table, ty, payload, found);
            }
        }
        _ => {}
    }
}

/// Whether a type has resources in it.
pub(crate) fn has_resource(table: &Table, ty: TypeId) -> bool {
    has(table, ty, &|kind| {
        matches!(kind, Kind::Own(_) | Kind::Borrow(_))
    })
}

/// Whether values of a type pass the ownership of resources on.
pub(crate) fn passes_resource(table: &Table, ty: TypeId) -> bool {
    has(table, ty, &|kind| matches!(kind, Kind::Own(_)))
}

fn has(table: &Table, ty: TypeId, is_looked_for: &impl Fn(&Kind) -> bool) -> bool {
    let Some(ty) = table.types.get(ty as usize) else {
        return false;
    };
    match &ty.kind {
        kind if is_looked_for(kind) => true,
        Kind::List(element) => has(table, *element, is_looked_for),
        Kind::Record(fields) => fields
            .iter()
            .any(|field| has(table, field.ty, is_looked_for)),
        Kind::Variant { cases, .. } => cases
            .iter()
            .filter_map(|case| case.ty)
            .any(|ty| has(table, ty, is_looked_for)),
        _ => false,
    }
}

/// A text, with a mark where the rest of it was not kept.
pub(crate) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String { text, length } => {
            let mut text = text.clone();
            if (text.len() as u64) < *length {
                text.push('…');
            }
            Some(text)
        }
        _ => None,
    }
}
