//! What functions return in place of a call.

use std::collections::BTreeMap;

use interpose_calls::{Kind, Style, Table, TypeId, number};
use interpose_faults::{Action, Invention};

/// The case of an error of streams that has a resource with more about the error.
const WITH_RESOURCE: &str = "last-operation-failed";

/// The case of an error of streams that says that there is nothing more.
const CLOSED: &str = "closed";

/// Makes the results of faults for the functions of a table.
pub(super) struct Results<'a> {
    table: &'a Table,
    /// The resources in results, which nothing stands behind.
    pub(super) inventions: Vec<Invention>,
    /// The position of the invention for each type of resources and each error.
    known: BTreeMap<(u32, String), u32>,
}

impl<'a> Results<'a> {
    pub(super) fn new(table: &'a Table) -> Self {
        Self {
            table,
            inventions: Vec::new(),
            known: BTreeMap::new(),
        }
    }

    /// The action by which a function returns an error of this name; `None` if its result cannot hold one.
    pub(super) fn error(&mut self, index: u32, name: &str) -> Option<Action> {
        let ty = error_type(self.table, index)?;
        let is_stream = case(self.table, ty, CLOSED).is_some();
        let mut result = Vec::new();
        // The second case of a result.
        number::write(&mut result, 1);
        if let Some((position, payload)) = case(self.table, ty, name)
            && let Some(payload) = payload.map_or(Some(Vec::new()), |ty| plain(self.table, ty))
        {
            number::write(&mut result, position.into());
            result.extend(payload);
            return Some(Action::Return {
                result,
                invention: None,
                closes: is_stream,
            });
        }
        let (position, payload) = case(self.table, ty, WITH_RESOURCE)?;
        let Kind::Own(resource) = self.table.ty(payload?).kind else {
            return None;
        };
        number::write(&mut result, position.into());
        // The monitor gives the resource its identity.
        number::write(&mut result, 0);
        Some(Action::Return {
            result,
            invention: Some(self.invention(resource, name)),
            closes: is_stream,
        })
    }

    /// The position of the resource of a type that stands for an error of this name.
    fn invention(&mut self, resource: u32, name: &str) -> u32 {
        let key = (resource, name.to_owned());
        if let Some(position) = self.known.get(&key) {
            return *position;
        }
        let functions = (0..).zip(&self.table.functions);
        let answers = functions.filter_map(|(index, function)| {
            let [parameter] = function.parameters.as_slice() else {
                return None;
            };
            let is_asked = self.table.ty(parameter.ty).kind == Kind::Borrow(resource);
            Some((index, answer(self.table, function.result?, name)?)).filter(|_| is_asked)
        });
        let position = self.inventions.len() as u32;
        self.inventions.push(answers.collect());
        self.known.insert(key, position);
        position
    }
}

/// What a function returns that is asked about an error of this name: a text, or the error as one of its own.
fn answer(table: &Table, ty: TypeId, name: &str) -> Option<Vec<u8>> {
    let mut answer = Vec::new();
    match &table.ty(ty).kind {
        Kind::String => {
            let text = format!("a fault of the policy: {name}");
            number::write(&mut answer, text.len() as u64);
            answer.extend(text.into_bytes());
        }
        Kind::Variant {
            style: Style::Option,
            cases,
            ..
        } => {
            let own = cases.get(1).and_then(|some| some.ty);
            match own.and_then(|own| Some((own, case(table, own, name)?))) {
                Some((_, (position, payload))) => {
                    number::write(&mut answer, 1);
                    number::write(&mut answer, position.into());
                    answer.extend(payload.map_or(Some(Vec::new()), |ty| plain(table, ty))?);
                }
                None => number::write(&mut answer, 0),
            }
        }
        _ => return None,
    }
    Some(answer)
}

/// For each function of a stream, what it returns when the stream is closed.
pub(super) fn closed(table: &Table) -> BTreeMap<u32, Vec<u8>> {
    let functions = (0..).zip(&table.functions);
    let results = functions.filter_map(|(index, function)| {
        let is_stream = function.interface.starts_with("wasi:io/streams@");
        let ty = error_type(table, index).filter(|_| is_stream)?;
        let (position, _) = case(table, ty, CLOSED)?;
        let mut result = Vec::new();
        number::write(&mut result, 1);
        number::write(&mut result, position.into());
        Some((index, result))
    });
    results.collect()
}

/// The names of the errors that a function can return.
pub(super) fn errors(table: &Table, index: u32) -> Vec<&str> {
    let cases = error_type(table, index).and_then(|ty| match &table.ty(ty).kind {
        Kind::Variant { cases, .. } => Some(cases),
        _ => None,
    });
    let cases = cases.into_iter().flatten();
    cases.map(|case| case.name.as_str()).collect()
}

/// The type of the errors of a function.
fn error_type(table: &Table, index: u32) -> Option<TypeId> {
    let function = table.functions.get(index as usize)?;
    match &table.ty(function.result?).kind {
        Kind::Variant {
            style: Style::Result,
            cases,
            ..
        } => cases.get(1)?.ty,
        _ => None,
    }
}

/// The position and the payload of a case of this name.
fn case(table: &Table, ty: TypeId, name: &str) -> Option<(u32, Option<TypeId>)> {
    let Kind::Variant { cases, .. } = &table.ty(ty).kind else {
        return None;
    };
    let mut cases = (0..).zip(cases);
    let (position, found) = cases.find(|(_, case)| case.name == name)?;
    Some((position, found.ty))
}

/// The plainest value of a type, encoded: nothing, zero, empty; `None` for a type with a resource.
fn plain(table: &Table, ty: TypeId) -> Option<Vec<u8>> {
    let ty = table.ty(ty);
    Some(match &ty.kind {
        Kind::Bool | Kind::Unsigned | Kind::Signed | Kind::Char | Kind::String | Kind::List(_) => {
            vec![0]
        }
        Kind::Float => vec![0; ty.size as usize],
        Kind::Record(fields) => {
            let fields = fields.iter().map(|field| plain(table, field.ty));
            fields.collect::<Option<Vec<_>>>()?.concat()
        }
        Kind::Variant { cases, .. } => {
            let payload = cases.first()?.ty;
            let mut value = vec![0];
            value.extend(payload.map_or(Some(Vec::new()), |ty| plain(table, ty))?);
            value
        }
        Kind::Flags(names) => vec![0; names.len().div_ceil(32)],
        Kind::Own(_) | Kind::Borrow(_) => return None,
    })
}
