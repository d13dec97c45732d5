//! A value of a call together with its type, so that it can be asked for by the names that WIT has.

use interpose_calls::{Kind, Table, TypeId, Value};

/// A resource: the position of its type in the table, and its identity.
pub(crate) type Handle = (u32, u64);

/// A value and its type. Each question gives `None` where the value is of another type than asked for.
#[derive(Clone, Copy)]
pub(crate) struct Seen<'a> {
    table: &'a Table,
    ty: TypeId,
    value: &'a Value,
}

impl<'a> Seen<'a> {
    pub(crate) fn new(table: &'a Table, ty: TypeId, value: &'a Value) -> Self {
        Self { table, ty, value }
    }

    fn kind(self) -> &'a Kind {
        &self.table.ty(self.ty).kind
    }

    fn at(self, ty: TypeId, value: &'a Value) -> Self {
        Self { ty, value, ..self }
    }

    /// The name of the case of a variant, and its payload.
    pub(crate) fn case(self) -> Option<(&'a str, Option<Self>)> {
        let (Kind::Variant { cases, .. }, Value::Variant { case, payload }) =
            (self.kind(), self.value)
        else {
            return None;
        };
        let case = cases.get(*case as usize)?;
        let payload = match (case.ty, payload) {
            (Some(ty), Some(value)) => Some(self.at(ty, value)),
            _ => None,
        };
        Some((&case.name, payload))
    }

    /// The payload of the case of this name.
    pub(crate) fn payload(self, name: &str) -> Option<Self> {
        let (case, payload) = self.case()?;
        payload.filter(|_| case == name)
    }

    /// The payload of `some`.
    pub(crate) fn some(self) -> Option<Self> {
        self.payload("some")
    }

    /// The payload of `ok`.
    pub(crate) fn ok(self) -> Option<Self> {
        self.payload("ok")
    }

    /// The name of the error of a result; `None` if the result is no error or the error has no name.
    pub(crate) fn error(self) -> Option<&'a str> {
        let (name, _) = self.payload("err")?.case()?;
        Some(name)
    }

    /// Whether the value is a result that is an error.
    pub(crate) fn is_error(self) -> bool {
        matches!(self.case(), Some(("err", _)))
    }

    /// The field of this name of a record; of a tuple, whose fields have no names, see [`Seen::part`].
    pub(crate) fn field(self, name: &str) -> Option<Self> {
        let Kind::Record(fields) = self.kind() else {
            return None;
        };
        let position = fields.iter().position(|field| field.name == name)?;
        self.part(position)
    }

    /// The field at this position of a record or a tuple.
    pub(crate) fn part(self, position: usize) -> Option<Self> {
        let (Kind::Record(fields), Value::Record(values)) = (self.kind(), self.value) else {
            return None;
        };
        let field = fields.get(position)?;
        Some(self.at(field.ty, values.get(position)?))
    }

    /// Whether the flag of this name is set.
    pub(crate) fn has(self, flag: &str) -> bool {
        let (Kind::Flags(names), Value::Flags(words)) = (self.kind(), self.value) else {
            return false;
        };
        let position = names.iter().position(|name| name == flag);
        position.is_some_and(|position| {
            let word = words.get(position / 32).copied().unwrap_or_default();
            word >> (position % 32) & 1 == 1
        })
    }

    /// A text; `None` also if not all of it was kept.
    pub(crate) fn text(self) -> Option<&'a str> {
        match self.value {
            Value::String { text, length } if text.len() as u64 == *length => Some(text),
            _ => None,
        }
    }

    /// An unsigned number.
    pub(crate) fn number(self) -> Option<u64> {
        match self.value {
            Value::Unsigned(number) => Some(*number),
            _ => None,
        }
    }

    /// The bytes of a list of bytes; `None` also if not all of them were kept.
    pub(crate) fn contents(self) -> Option<&'a [u8]> {
        match self.value {
            Value::Bytes { bytes, length } if bytes.len() as u64 == *length => Some(bytes),
            _ => None,
        }
    }

    /// The number of bytes of a list of bytes.
    pub(crate) fn bytes(self) -> Option<u64> {
        match self.value {
            Value::Bytes { length, .. } => Some(*length),
            _ => None,
        }
    }

    /// The kept elements of a list.
    pub(crate) fn items(self) -> impl Iterator<Item = Seen<'a>> {
        let items: &[Value] = match self.value {
            Value::List { items, .. } => items,
            _ => &[],
        };
        let element = match self.kind() {
            Kind::List(element) => Some(*element),
            _ => None,
        };
        let items = items.iter();
        items.filter_map(move |value| Some(self.at(element?, value)))
    }

    /// A resource.
    pub(crate) fn handle(self) -> Option<Handle> {
        match (self.kind(), self.value) {
            (Kind::Own(ty) | Kind::Borrow(ty), Value::Resource(identity)) => Some((*ty, *identity)),
            _ => None,
        }
    }
}
