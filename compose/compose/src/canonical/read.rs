//! Reads types and functions as wit-parser has them.

use std::collections::HashMap;
use std::sync::Arc;

use wit_parser::{Function, Handle, Resolve, Type as WitType, TypeDefKind, TypeId as WitTypeId};

use super::signature::Signature;
use super::types::{Type, Unsupported};

/// The types of a [`Resolve`] with their layouts. Each type is laid out once, when it is first asked for.
pub struct Types<'a> {
    resolve: &'a Resolve,
    known: HashMap<WitType, Arc<Type>>,
    resources: Vec<WitTypeId>,
}

impl<'a> Types<'a> {
    /// Begins with no type.
    pub fn new(resolve: &'a Resolve) -> Self {
        Self {
            resolve,
            known: HashMap::new(),
            resources: Vec::new(),
        }
    }

    /// The parameters and the result of a function.
    ///
    /// # Errors
    /// [`Unsupported`] when the function is asynchronous or one of its types has no layout.
    pub fn signature(&mut self, function: &Function) -> Result<Signature, Unsupported> {
        if function.kind.is_async() {
            return Err(Unsupported::Asynchronous);
        }
        let parameters = function.params.iter().map(|parameter| &parameter.ty);
        let parameters = self.each(parameters)?;
        Signature::new(parameters, self.payload(function.result.as_ref())?)
    }

    /// The number of a type of resources; a new one gets the next number. Other names for a type have the type's number.
    pub fn resource(&mut self, id: WitTypeId) -> u32 {
        let id = self.definition(id);
        let known = self.resources.iter().position(|resource| *resource == id);
        let number = known.unwrap_or_else(|| {
            self.resources.push(id);
            self.resources.len() - 1
        });
        number as u32
    }

    /// The types of resources that have a number, in the order of their numbers.
    pub fn resources(&self) -> &[WitTypeId] {
        &self.resources
    }

    /// The type that a name stands for.
    pub fn definition(&self, mut id: WitTypeId) -> WitTypeId {
        while let TypeDefKind::Type(WitType::Id(used)) = self.resolve.types[id].kind {
            id = used;
        }
        id
    }

    /// A type with its layout.
    ///
    /// # Errors
    /// [`Unsupported`] when it has none.
    pub fn ty(&mut self, ty: &WitType) -> Result<Arc<Type>, Unsupported> {
        if let Some(known) = self.known.get(ty) {
            return Ok(known.clone());
        }
        let read = match ty {
            WitType::Bool => Type::bool().into(),
            WitType::U8 => Type::unsigned(1).into(),
            WitType::U16 => Type::unsigned(2).into(),
            WitType::U32 => Type::unsigned(4).into(),
            WitType::U64 => Type::unsigned(8).into(),
            WitType::S8 => Type::signed(1).into(),
            WitType::S16 => Type::signed(2).into(),
            WitType::S32 => Type::signed(4).into(),
            WitType::S64 => Type::signed(8).into(),
            WitType::F32 => Type::float(4).into(),
            WitType::F64 => Type::float(8).into(),
            WitType::Char => Type::char().into(),
            WitType::String => Type::string().into(),
            WitType::ErrorContext => return Err(Unsupported::AsynchronousType),
            WitType::Id(id) => self.defined(*id)?,
        };
        self.known.insert(*ty, read.clone());
        Ok(read)
    }

    fn defined(&mut self, id: WitTypeId) -> Result<Arc<Type>, Unsupported> {
        let resolve = self.resolve;
        let ty = match &resolve.types[id].kind {
            TypeDefKind::Type(ty) => return self.ty(ty),
            TypeDefKind::Record(record) => {
                Type::record(self.each(record.fields.iter().map(|field| &field.ty))?)?
            }
            TypeDefKind::Tuple(tuple) => Type::record(self.each(&tuple.types)?)?,
            TypeDefKind::List(element) => Type::list(self.ty(element)?),
            TypeDefKind::FixedLengthList(element, length) => {
                Type::fixed_list(self.ty(element)?, *length)?
            }
            TypeDefKind::Map(key, value) => {
                Type::list(Type::record(self.each([key, value])?)?.into())
            }
            TypeDefKind::Flags(flags) => Type::flags(flags.flags.len() as u32),
            TypeDefKind::Enum(cases) => Type::variant(cases.cases.iter().map(|_| None))?,
            TypeDefKind::Option(some) => Type::variant([None, Some(self.ty(some)?)])?,
            TypeDefKind::Result(result) => {
                let ok = self.payload(result.ok.as_ref())?;
                Type::variant([ok, self.payload(result.err.as_ref())?])?
            }
            TypeDefKind::Variant(variant) => {
                let cases = variant.cases.iter();
                let cases = cases.map(|case| self.payload(case.ty.as_ref()));
                Type::variant(cases.collect::<Result<Vec<_>, _>>()?)?
            }
            TypeDefKind::Handle(Handle::Own(resource)) => Type::own(self.resource(*resource)),
            TypeDefKind::Handle(Handle::Borrow(resource)) => Type::borrow(self.resource(*resource)),
            TypeDefKind::Future(_) | TypeDefKind::Stream(_) => {
                return Err(Unsupported::AsynchronousType);
            }
            TypeDefKind::Resource | TypeDefKind::Unknown => return Err(Unsupported::NoValues),
        };
        Ok(ty.into())
    }

    fn each<'t>(
        &mut self,
        types: impl IntoIterator<Item = &'t WitType>,
    ) -> Result<Vec<Arc<Type>>, Unsupported> {
        types.into_iter().map(|ty| self.ty(ty)).collect()
    }

    fn payload(&mut self, ty: Option<&WitType>) -> Result<Option<Arc<Type>>, Unsupported> {
        ty.map(|ty| self.ty(ty)).transpose()
    }
}
