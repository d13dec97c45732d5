//! Compares the type of an import with the type of what answers it, as the component model does when it instantiates.

use std::collections::BTreeMap;

use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentDefinedType, ComponentEntityType, ComponentFuncTypeId,
    ComponentInstanceTypeId, ComponentValType, ResourceId,
};
use wasmparser::types::TypesRef;

/// The types of two components, and which types of resources of the first are the same as which of the second.
pub struct Agreement<'a> {
    import: TypesRef<'a>,
    export: TypesRef<'a>,
    resources: BTreeMap<ResourceId, ResourceId>,
}

impl<'a> Agreement<'a> {
    /// Begins with no interface.
    pub fn new(import: TypesRef<'a>, export: TypesRef<'a>) -> Self {
        Self {
            import,
            export,
            resources: BTreeMap::new(),
        }
    }

    /// The types of resources of the imports that were compared, with those of the exports that answer them.
    pub fn resources(&self) -> &BTreeMap<ResourceId, ResourceId> {
        &self.resources
    }

    /// Whether an exported interface has all that is imported of it, with the same types. Interfaces whose types others use
    /// have to be compared before these.
    pub fn interface(
        &mut self,
        import: ComponentInstanceTypeId,
        export: ComponentInstanceTypeId,
    ) -> bool {
        let (imports, exports) = (self.import, self.export);
        let exported = &exports[export].exports;
        let items = imports[import].exports.iter();
        items.into_iter().all(|(name, item)| {
            let Some(other) = exported.get(name) else {
                return false;
            };
            match (item.ty, other.ty) {
                (
                    ComponentEntityType::Type { created, .. },
                    ComponentEntityType::Type { created: other, .. },
                ) => self.named(created, other),
                (ComponentEntityType::Func(own), ComponentEntityType::Func(other)) => {
                    self.function(own, other)
                }
                _ => false,
            }
        })
    }

    fn named(&mut self, own: ComponentAnyTypeId, other: ComponentAnyTypeId) -> bool {
        match (own, other) {
            (ComponentAnyTypeId::Resource(own), ComponentAnyTypeId::Resource(other)) => {
                let (own, other) = (own.resource(), other.resource());
                *self.resources.entry(own).or_insert(other) == other
            }
            (ComponentAnyTypeId::Defined(own), ComponentAnyTypeId::Defined(other)) => {
                self.value(&ComponentValType::Type(own), &ComponentValType::Type(other))
            }
            _ => false,
        }
    }

    fn function(&self, own: ComponentFuncTypeId, other: ComponentFuncTypeId) -> bool {
        let (own, other) = (&self.import[own], &self.export[other]);
        let (params, others) = (own.params.iter(), other.params.iter());
        own.async_ == other.async_
            && own.params.len() == other.params.len()
            && params
                .zip(others)
                .all(|((name, ty), (other, others))| name == other && self.value(ty, others))
            && self.payload(own.result.as_ref(), other.result.as_ref())
    }

    fn payload(&self, own: Option<&ComponentValType>, other: Option<&ComponentValType>) -> bool {
        match (own, other) {
            (Some(own), Some(other)) => self.value(own, other),
            (own, other) => own.is_none() && other.is_none(),
        }
    }

    fn value(&self, own: &ComponentValType, other: &ComponentValType) -> bool {
        use ComponentDefinedType as Defined;
        let (own, other) = match (own, other) {
            (ComponentValType::Primitive(own), ComponentValType::Primitive(other)) => {
                return own == other;
            }
            (ComponentValType::Primitive(own), ComponentValType::Type(id)) => {
                return matches!(&self.export[*id], Defined::Primitive(other) if own == other);
            }
            (ComponentValType::Type(id), ComponentValType::Primitive(other)) => {
                return matches!(&self.import[*id], Defined::Primitive(own) if own == other);
            }
            (ComponentValType::Type(own), ComponentValType::Type(other)) => {
                (&self.import[*own], &self.export[*other])
            }
        };
        match (own, other) {
            (Defined::Primitive(own), Defined::Primitive(other)) => own == other,
            (Defined::Record(own), Defined::Record(other)) => {
                own.fields.len() == other.fields.len()
                    && own
                        .fields
                        .iter()
                        .zip(&other.fields)
                        .all(|((name, ty), (other, others))| {
                            name == other && self.value(ty, others)
                        })
            }
            (Defined::Variant(own), Defined::Variant(other)) => {
                own.cases.len() == other.cases.len()
                    && own
                        .cases
                        .iter()
                        .zip(&other.cases)
                        .all(|((name, case), (other, others))| {
                            name == other && self.payload(case.ty.as_ref(), others.ty.as_ref())
                        })
            }
            (Defined::Tuple(own), Defined::Tuple(other)) => {
                let pairs = own.types.iter().zip(&other.types);
                own.types.len() == other.types.len()
                    && pairs.into_iter().all(|(own, other)| self.value(own, other))
            }
            (Defined::Flags(own), Defined::Flags(other))
            | (Defined::Enum(own), Defined::Enum(other)) => own.iter().eq(other.iter()),
            (Defined::List { element: own, .. }, Defined::List { element: other, .. })
            | (Defined::Option { ty: own, .. }, Defined::Option { ty: other, .. }) => {
                self.value(own, other)
            }
            (
                Defined::FixedLengthList {
                    element: own,
                    length,
                    ..
                },
                Defined::FixedLengthList {
                    element: other,
                    length: others,
                    ..
                },
            ) => length == others && self.value(own, other),
            (
                Defined::Map { key, value, .. },
                Defined::Map {
                    key: other_key,
                    value: other_value,
                    ..
                },
            ) => self.value(key, other_key) && self.value(value, other_value),
            (
                Defined::Result { ok, err, .. },
                Defined::Result {
                    ok: other_ok,
                    err: other_err,
                    ..
                },
            ) => {
                self.payload(ok.as_ref(), other_ok.as_ref())
                    && self.payload(err.as_ref(), other_err.as_ref())
            }
            (Defined::Own(own), Defined::Own(other))
            | (Defined::Borrow(own), Defined::Borrow(other)) => {
                self.resources.get(&own.resource()) == Some(&other.resource())
            }
            _ => false,
        }
    }
}
