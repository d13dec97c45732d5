//! Writes types of values out in full, where the interface that named them is gone.

use std::collections::HashMap;

use wasm_encoder::ComponentValType as Encoded;
use wasmparser::component_types::{ComponentDefinedType, ComponentDefinedTypeId, ComponentValType};
use wasmparser::types::TypesRef;

use super::target::Target;

/// Types of values that are written out in full.
#[derive(Default)]
pub struct Structures {
    written: HashMap<ComponentDefinedTypeId, u32>,
}

impl Structures {
    /// Writes a type, and returns its index; `None` if there are resources in it, or something asynchronous.
    pub fn write(
        &mut self,
        types: TypesRef<'_>,
        id: ComponentDefinedTypeId,
        target: &mut Target,
    ) -> Option<u32> {
        if let Some(written) = self.written.get(&id) {
            return Some(*written);
        }
        let index = match &types[id] {
            ComponentDefinedType::Primitive(ty) => {
                target.ty(|encode| encode.defined_type().primitive((*ty).into()))
            }
            ComponentDefinedType::Record(record) => {
                let fields = record.fields.iter();
                let fields: Vec<_> = fields
                    .map(|(name, ty)| Some((name.as_str(), self.value(types, ty, target)?)))
                    .collect::<Option<_>>()?;
                target.ty(|encode| encode.defined_type().record(fields))
            }
            ComponentDefinedType::Variant(variant) => {
                let mut cases = Vec::new();
                for (name, case) in &variant.cases {
                    cases.push((name.as_str(), self.payload(types, &case.ty, target)?));
                }
                target.ty(|encode| encode.defined_type().variant(cases))
            }
            ComponentDefinedType::List { element, .. } => {
                let element = self.value(types, element, target)?;
                target.ty(|encode| encode.defined_type().list(element))
            }
            ComponentDefinedType::FixedLengthList {
                element, length, ..
            } => {
                let element = self.value(types, element, target)?;
                target.ty(|encode| encode.defined_type().fixed_length_list(element, *length))
            }
            ComponentDefinedType::Map { key, value, .. } => {
                let key = self.value(types, key, target)?;
                let value = self.value(types, value, target)?;
                target.ty(|encode| encode.defined_type().map(key, value))
            }
            ComponentDefinedType::Tuple(tuple) => {
                let fields = tuple.types.iter();
                let fields: Vec<_> = fields
                    .map(|ty| self.value(types, ty, target))
                    .collect::<Option<_>>()?;
                target.ty(|encode| encode.defined_type().tuple(fields))
            }
            ComponentDefinedType::Flags(flags) => {
                let flags = flags.iter().map(|flag| flag.as_str());
                target.ty(|encode| encode.defined_type().flags(flags))
            }
            ComponentDefinedType::Enum(cases) => {
                let cases = cases.iter().map(|case| case.as_str());
                target.ty(|encode| encode.defined_type().enum_type(cases))
            }
            ComponentDefinedType::Option { ty, .. } => {
                let ty = self.value(types, ty, target)?;
                target.ty(|encode| encode.defined_type().option(ty))
            }
            ComponentDefinedType::Result { ok, err, .. } => {
                let ok = self.payload(types, ok, target)?;
                let err = self.payload(types, err, target)?;
                target.ty(|encode| encode.defined_type().result(ok, err))
            }
            ComponentDefinedType::Own(_)
            | ComponentDefinedType::Borrow(_)
            | ComponentDefinedType::Future { .. }
            | ComponentDefinedType::Stream { .. } => return None,
        };
        self.written.insert(id, index);
        Some(index)
    }

    fn value(
        &mut self,
        types: TypesRef<'_>,
        ty: &ComponentValType,
        target: &mut Target,
    ) -> Option<Encoded> {
        match ty {
            ComponentValType::Primitive(ty) => Some(Encoded::Primitive((*ty).into())),
            ComponentValType::Type(id) => Some(Encoded::Type(self.write(types, *id, target)?)),
        }
    }

    /// The type of a payload, if it is there: `Some(None)` stands for a case without one.
    fn payload(
        &mut self,
        types: TypesRef<'_>,
        ty: &Option<ComponentValType>,
        target: &mut Target,
    ) -> Option<Option<Encoded>> {
        match ty {
            Some(ty) => self.value(types, ty, target).map(Some),
            None => Some(None),
        }
    }
}
