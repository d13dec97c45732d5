//! The functions and types of a world, as the canonical ABI lays them out.

use std::collections::HashMap;

use interpose_calls::{
    Case, Field, Function, Kind, Parameter, ResourceType, Style, Table, Type, TypeId,
};
use wit_parser::{Handle, Resolve, Type as WitType, TypeDefKind, TypeId as WitTypeId, TypeOwner};

use super::error::ProbeError;
use crate::canonical::{self, Types, Unsupported};

/// Describes the functions of a world.
pub struct Layouts<'a> {
    resolve: &'a Resolve,
    types: Types<'a>,
    table: Table,
    known: HashMap<WitType, TypeId>,
}

impl<'a> Layouts<'a> {
    /// Begins with no function.
    pub fn new(resolve: &'a Resolve) -> Self {
        Self {
            resolve,
            types: Types::new(resolve),
            table: Table::default(),
            known: HashMap::new(),
        }
    }

    /// The table of all that was added.
    pub fn finish(self) -> Table {
        self.table
    }

    /// Adds a function of an interface, and returns its number.
    ///
    /// # Errors
    /// [`ProbeError::Unsupported`] when it is asynchronous, or one of its types is.
    pub fn function(
        &mut self,
        interface: &str,
        function: &wit_parser::Function,
    ) -> Result<u32, ProbeError> {
        let unsupported = |reason| ProbeError::Unsupported {
            import: format!("{interface}#{}", function.name),
            reason,
        };
        let signature = self.types.signature(function);
        let signature = signature.map_err(|error| unsupported(error.reason()))?;
        let offsets = offsets(&signature.arguments);
        let mut parameters = Vec::new();
        for (parameter, offset) in function.params.iter().zip(offsets) {
            parameters.push(Parameter {
                name: parameter.name.clone(),
                ty: self.ty(&parameter.ty).map_err(unsupported)?,
                offset,
            });
        }
        let result = match &function.result {
            Some(ty) => Some(self.ty(ty).map_err(unsupported)?),
            None => None,
        };
        self.table.functions.push(Function {
            interface: interface.into(),
            name: function.name.clone(),
            parameters,
            result,
            arguments_in_memory: signature.has_arguments_in_memory(),
            result_in_memory: signature.has_result_in_memory(),
        });
        Ok(self.table.functions.len() as u32 - 1)
    }

    /// The number of a type of resources; it is added if it is new. Other names for a type have the type's number.
    pub fn resource(&mut self, id: WitTypeId) -> u32 {
        let number = self.types.resource(id);
        self.name_resources();
        number
    }

    /// Describes the types of resources that have got a number since the last time.
    fn name_resources(&mut self) {
        for id in &self.types.resources()[self.table.resources.len()..] {
            let ty = &self.resolve.types[*id];
            let interface = match ty.owner {
                TypeOwner::Interface(interface) => {
                    self.resolve.id_of(interface).unwrap_or_default()
                }
                _ => String::new(),
            };
            self.table.resources.push(ResourceType {
                interface,
                name: ty.name.clone().unwrap_or_default(),
            });
        }
    }

    fn ty(&mut self, ty: &WitType) -> Result<TypeId, &'static str> {
        if let Some(known) = self.known.get(ty) {
            return Ok(*known);
        }
        let layout = self.types.ty(ty).map_err(Unsupported::reason)?;
        self.name_resources();
        let kind = match ty {
            WitType::Bool => Kind::Bool,
            WitType::U8 | WitType::U16 | WitType::U32 | WitType::U64 => Kind::Unsigned,
            WitType::S8 | WitType::S16 | WitType::S32 | WitType::S64 => Kind::Signed,
            WitType::F32 | WitType::F64 => Kind::Float,
            WitType::Char => Kind::Char,
            WitType::String => Kind::String,
            WitType::ErrorContext => return Err(Unsupported::AsynchronousType.reason()),
            WitType::Id(id) => {
                let definition = self.types.definition(*id);
                if definition != *id {
                    let number = self.ty(&WitType::Id(definition))?;
                    self.known.insert(*ty, number);
                    return Ok(number);
                }
                self.kind(*id, &layout)?
            }
        };
        self.table.types.push(Type {
            size: layout.size,
            alignment: layout.alignment,
            flat: layout.flat_count(),
            kind,
        });
        let number = self.table.types.len() as TypeId - 1;
        self.known.insert(*ty, number);
        Ok(number)
    }

    fn kind(&mut self, id: WitTypeId, layout: &canonical::Type) -> Result<Kind, &'static str> {
        let resolve = self.resolve;
        Ok(match &resolve.types[id].kind {
            TypeDefKind::Type(ty) => {
                let number = self.ty(ty)?;
                self.table.types[number as usize].kind.clone()
            }
            TypeDefKind::Record(record) => {
                let fields = record.fields.iter();
                self.fields(layout, fields.map(|field| (field.name.as_str(), &field.ty)))?
            }
            TypeDefKind::Tuple(tuple) => {
                self.fields(layout, tuple.types.iter().map(|ty| ("", ty)))?
            }
            TypeDefKind::List(element) => Kind::List(self.ty(element)?),
            TypeDefKind::Flags(flags) => {
                Kind::Flags(flags.flags.iter().map(|flag| flag.name.clone()).collect())
            }
            TypeDefKind::Enum(cases) => {
                let names = cases.cases.iter().map(|case| (case.name.as_str(), None));
                self.variant(layout, Style::Enum, names)?
            }
            TypeDefKind::Option(some) => {
                let cases = [("none", None), ("some", Some(some))];
                self.variant(layout, Style::Option, cases.into_iter())?
            }
            TypeDefKind::Result(result) => {
                let cases = [("ok", result.ok.as_ref()), ("err", result.err.as_ref())];
                self.variant(layout, Style::Result, cases.into_iter())?
            }
            TypeDefKind::Variant(variant) => {
                let cases = variant.cases.iter();
                let cases = cases.map(|case| (case.name.as_str(), case.ty.as_ref()));
                self.variant(layout, Style::Variant, cases)?
            }
            TypeDefKind::Handle(Handle::Own(resource)) => Kind::Own(self.resource(*resource)),
            TypeDefKind::Handle(Handle::Borrow(resource)) => Kind::Borrow(self.resource(*resource)),
            TypeDefKind::Map(..) | TypeDefKind::FixedLengthList(..) => {
                return Err("has a type that this tool does not know yet");
            }
            TypeDefKind::Future(_) | TypeDefKind::Stream(_) => {
                return Err(Unsupported::AsynchronousType.reason());
            }
            TypeDefKind::Resource | TypeDefKind::Unknown => {
                return Err(Unsupported::NoValues.reason());
            }
        })
    }

    fn fields<'t>(
        &mut self,
        layout: &canonical::Type,
        fields: impl Iterator<Item = (&'t str, &'t WitType)>,
    ) -> Result<Kind, &'static str> {
        let mut all = Vec::new();
        for ((name, ty), offset) in fields.zip(offsets(layout)) {
            all.push(Field {
                name: name.into(),
                ty: self.ty(ty)?,
                offset,
            });
        }
        Ok(Kind::Record(all))
    }

    fn variant<'t>(
        &mut self,
        layout: &canonical::Type,
        style: Style,
        cases: impl Iterator<Item = (&'t str, Option<&'t WitType>)>,
    ) -> Result<Kind, &'static str> {
        let mut all = Vec::new();
        for (name, ty) in cases {
            all.push(Case {
                name: name.into(),
                ty: match ty {
                    Some(ty) => Some(self.ty(ty)?),
                    None => None,
                },
            });
        }
        let (tag, payload) = match &layout.kind {
            canonical::Kind::Variant(variant) => (variant.tag, variant.payload),
            _ => (0, 0),
        };
        Ok(Kind::Variant {
            style,
            tag,
            payload,
            cases: all,
        })
    }
}

/// Where the fields of a record lie.
fn offsets(layout: &canonical::Type) -> Vec<u32> {
    match &layout.kind {
        canonical::Kind::Record(fields) => fields.iter().map(|field| field.offset).collect(),
        _ => Vec::new(),
    }
}
