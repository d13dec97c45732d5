//! Whether a call succeeded.

use interpose_calls::{Kind, Style, Table, TypeId, Value};

/// Whether a call succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It returned no error.
    Ok,
    /// Its result is an error.
    Error,
    /// Its result is an error that says that it was not allowed.
    Denied,
}

/// The cases of errors of WASI that say that something is not allowed.
const DENIALS: [&str; 4] = [
    "access",
    "access-denied",
    "not-permitted",
    "HTTP-request-denied",
];

impl Outcome {
    /// The outcome of a call with this result. A result in an option or in another result counts too.
    pub fn of(table: &Table, ty: Option<TypeId>, result: Option<&Value>) -> Self {
        let mut next = ty.zip(result);
        while let Some((ty, value)) = next {
            let kind = table.types.get(ty as usize).map(|ty| &ty.kind);
            let (Some(Kind::Variant { style, cases, .. }), Value::Variant { case, payload }) =
                (kind, value)
            else {
                break;
            };
            let case_type = cases.get(*case as usize).and_then(|case| case.ty);
            let payload = case_type.zip(payload.as_deref());
            match (style, case) {
                (Style::Result, 1) => return Self::of_error(table, payload),
                (Style::Result, 0) | (Style::Option, 1) => next = payload,
                _ => break,
            }
        }
        Self::Ok
    }

    fn of_error(table: &Table, error: Option<(TypeId, &Value)>) -> Self {
        let name = error.and_then(|(ty, value)| {
            let kind = &table.types.get(ty as usize)?.kind;
            match (kind, value) {
                (Kind::Variant { cases, .. }, Value::Variant { case, .. }) => {
                    Some(cases.get(*case as usize)?.name.as_str())
                }
                _ => None,
            }
        });
        match name.is_some_and(|name| DENIALS.contains(&name)) {
            true => Self::Denied,
            false => Self::Error,
        }
    }
}
