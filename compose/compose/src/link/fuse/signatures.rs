//! Functions of a component as the canonical ABI lays them out.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use thiserror::Error;
use wasmparser::PrimitiveValType;
use wasmparser::component_types::{
    AliasableResourceId, ComponentDefinedType, ComponentDefinedTypeId, ComponentFuncTypeId,
    ComponentValType, ResourceId,
};
use wasmparser::types::TypesRef;

use crate::canonical::{Signature, Type, Unsupported};

/// Why a function has no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// The canonical ABI has none.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
    /// It has a type of resources without a number.
    #[error("it has resources of another component")]
    Foreign,
}

/// The signatures of functions whose types a validator knows.
pub struct Signatures<'a> {
    types: TypesRef<'a>,
    /// The numbers of the types of resources.
    resources: &'a BTreeMap<ResourceId, u32>,
    known: HashMap<ComponentDefinedTypeId, Arc<Type>>,
}

impl<'a> Signatures<'a> {
    /// Begins with no function.
    pub fn new(types: TypesRef<'a>, resources: &'a BTreeMap<ResourceId, u32>) -> Self {
        Self {
            types,
            resources,
            known: HashMap::new(),
        }
    }

    /// The signature of a function.
    ///
    /// # Errors
    /// [`SignatureError`].
    pub fn of(&mut self, function: ComponentFuncTypeId) -> Result<Signature, SignatureError> {
        let types = self.types;
        let function = &types[function];
        if function.async_ {
            return Err(Unsupported::Asynchronous.into());
        }
        let parameters = function.params.iter().map(|(_, ty)| self.value(ty));
        let parameters = parameters.collect::<Result<Vec<_>, _>>()?;
        let result = self.payload(function.result.as_ref())?;
        Ok(Signature::new(parameters, result)?)
    }

    fn value(&mut self, ty: &ComponentValType) -> Result<Arc<Type>, SignatureError> {
        match ty {
            ComponentValType::Primitive(ty) => Ok(Arc::new(primitive(*ty)?)),
            ComponentValType::Type(id) => {
                if let Some(known) = self.known.get(id) {
                    return Ok(known.clone());
                }
                let read = Arc::new(self.defined(*id)?);
                self.known.insert(*id, read.clone());
                Ok(read)
            }
        }
    }

    fn payload(
        &mut self,
        ty: Option<&ComponentValType>,
    ) -> Result<Option<Arc<Type>>, SignatureError> {
        ty.map(|ty| self.value(ty)).transpose()
    }

    fn each<'t>(
        &mut self,
        types: impl IntoIterator<Item = &'t ComponentValType>,
    ) -> Result<Vec<Arc<Type>>, SignatureError> {
        types.into_iter().map(|ty| self.value(ty)).collect()
    }

    fn defined(&mut self, id: ComponentDefinedTypeId) -> Result<Type, SignatureError> {
        let types = self.types;
        Ok(match &types[id] {
            ComponentDefinedType::Primitive(ty) => primitive(*ty)?,
            ComponentDefinedType::Record(record) => {
                Type::record(self.each(record.fields.values())?)?
            }
            ComponentDefinedType::Tuple(tuple) => Type::record(self.each(&tuple.types)?)?,
            ComponentDefinedType::List { element, .. } => Type::list(self.value(element)?),
            ComponentDefinedType::FixedLengthList {
                element, length, ..
            } => Type::fixed_list(self.value(element)?, *length)?,
            ComponentDefinedType::Map { key, value, .. } => {
                Type::list(Type::record(self.each([key, value])?)?.into())
            }
            ComponentDefinedType::Flags(flags) => Type::flags(flags.len() as u32),
            ComponentDefinedType::Enum(cases) => Type::variant(cases.iter().map(|_| None))?,
            ComponentDefinedType::Option { ty, .. } => {
                Type::variant([None, Some(self.value(ty)?)])?
            }
            ComponentDefinedType::Result { ok, err, .. } => {
                let ok = self.payload(ok.as_ref())?;
                Type::variant([ok, self.payload(err.as_ref())?])?
            }
            ComponentDefinedType::Variant(variant) => {
                let cases = variant.cases.values();
                let cases = cases.map(|case| self.payload(case.ty.as_ref()));
                Type::variant(cases.collect::<Result<Vec<_>, _>>()?)?
            }
            ComponentDefinedType::Own(resource) => Type::own(self.number(*resource)?),
            ComponentDefinedType::Borrow(resource) => Type::borrow(self.number(*resource)?),
            ComponentDefinedType::Future { .. } | ComponentDefinedType::Stream { .. } => {
                return Err(Unsupported::AsynchronousType.into());
            }
        })
    }

    fn number(&self, resource: AliasableResourceId) -> Result<u32, SignatureError> {
        let number = self.resources.get(&resource.resource());
        number.copied().ok_or(SignatureError::Foreign)
    }
}

fn primitive(ty: PrimitiveValType) -> Result<Type, Unsupported> {
    Ok(match ty {
        PrimitiveValType::Bool => Type::bool(),
        PrimitiveValType::U8 => Type::unsigned(1),
        PrimitiveValType::U16 => Type::unsigned(2),
        PrimitiveValType::U32 => Type::unsigned(4),
        PrimitiveValType::U64 => Type::unsigned(8),
        PrimitiveValType::S8 => Type::signed(1),
        PrimitiveValType::S16 => Type::signed(2),
        PrimitiveValType::S32 => Type::signed(4),
        PrimitiveValType::S64 => Type::signed(8),
        PrimitiveValType::F32 => Type::float(4),
        PrimitiveValType::F64 => Type::float(8),
        PrimitiveValType::Char => Type::char(),
        PrimitiveValType::String => Type::string(),
        PrimitiveValType::ErrorContext => return Err(Unsupported::AsynchronousType),
    })
}
