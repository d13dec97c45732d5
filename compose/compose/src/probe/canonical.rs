//! The functions and types of a world, as the canonical ABI lays them out.

use std::collections::HashMap;

use interpose_calls::{
    Case, Field, Function, Kind, Parameter, ResourceType, Style, Table, Type, TypeId,
};
use wit_parser::abi::AbiVariant;
use wit_parser::{
    Handle, Int, Resolve, SizeAlign, Type as WitType, TypeDefKind, TypeId as WitTypeId, TypeOwner,
};

use super::error::ProbeError;

/// Describes the functions of a world.
pub struct Layouts<'a> {
    resolve: &'a Resolve,
    sizes: SizeAlign,
    table: Table,
    known: HashMap<WitType, TypeId>,
    resources: HashMap<WitTypeId, u32>,
}

impl<'a> Layouts<'a> {
    /// Begins with no function.
    pub fn new(resolve: &'a Resolve) -> Self {
        let mut sizes = SizeAlign::default();
        sizes.fill(resolve);
        Self {
            resolve,
            sizes,
            table: Table::default(),
            known: HashMap::new(),
            resources: HashMap::new(),
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
        if function.kind.is_async() {
            return Err(unsupported("is asynchronous"));
        }
        let signature = self
            .resolve
            .wasm_signature(AbiVariant::GuestImport, function);
        let types = function.params.iter().map(|parameter| &parameter.ty);
        let offsets = self.sizes.field_offsets(types);
        let offsets: Vec<u32> = offsets
            .iter()
            .map(|(offset, _)| offset.size_wasm32() as u32)
            .collect();
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
            arguments_in_memory: signature.indirect_params,
            result_in_memory: signature.retptr,
        });
        Ok(self.table.functions.len() as u32 - 1)
    }

    /// The number of a type of resources; it is added if it is new. Other names for a type have the type's number.
    pub fn resource(&mut self, id: WitTypeId) -> u32 {
        let id = self.definition(id);
        if let Some(known) = self.resources.get(&id) {
            return *known;
        }
        let ty = &self.resolve.types[id];
        let interface = match ty.owner {
            TypeOwner::Interface(interface) => self.resolve.id_of(interface).unwrap_or_default(),
            _ => String::new(),
        };
        self.table.resources.push(ResourceType {
            interface,
            name: ty.name.clone().unwrap_or_default(),
        });
        let number = self.table.resources.len() as u32 - 1;
        self.resources.insert(id, number);
        number
    }

    /// The type that a name stands for.
    fn definition(&self, mut id: WitTypeId) -> WitTypeId {
        while let TypeDefKind::Type(WitType::Id(used)) = self.resolve.types[id].kind {
            id = used;
        }
        id
    }

    fn ty(&mut self, ty: &WitType) -> Result<TypeId, &'static str> {
        if let Some(known) = self.known.get(ty) {
            return Ok(*known);
        }
        let kind = match ty {
            WitType::Bool => Kind::Bool,
            WitType::U8 | WitType::U16 | WitType::U32 | WitType::U64 => Kind::Unsigned,
            WitType::S8 | WitType::S16 | WitType::S32 | WitType::S64 => Kind::Signed,
            WitType::F32 | WitType::F64 => Kind::Float,
            WitType::Char => Kind::Char,
            WitType::String => Kind::String,
            WitType::ErrorContext => return Err("has a type of asynchronous calls"),
            WitType::Id(id) => {
                let definition = self.definition(*id);
                if definition != *id {
                    let number = self.ty(&WitType::Id(definition))?;
                    self.known.insert(*ty, number);
                    return Ok(number);
                }
                self.kind(*id)?
            }
        };
        self.table.types.push(Type {
            size: self.sizes.size(ty).size_wasm32() as u32,
            alignment: self.sizes.align(ty).align_wasm32() as u32,
            flat: self.flat(&kind),
            kind,
        });
        let number = self.table.types.len() as TypeId - 1;
        self.known.insert(*ty, number);
        Ok(number)
    }

    fn kind(&mut self, id: WitTypeId) -> Result<Kind, &'static str> {
        let resolve = self.resolve;
        Ok(match &resolve.types[id].kind {
            TypeDefKind::Type(ty) => {
                let number = self.ty(ty)?;
                self.table.types[number as usize].kind.clone()
            }
            TypeDefKind::Record(record) => {
                let fields = record.fields.iter();
                self.fields(fields.map(|field| (field.name.as_str(), &field.ty)))?
            }
            TypeDefKind::Tuple(tuple) => self.fields(tuple.types.iter().map(|ty| ("", ty)))?,
            TypeDefKind::List(element) => Kind::List(self.ty(element)?),
            TypeDefKind::Flags(flags) => {
                Kind::Flags(flags.flags.iter().map(|flag| flag.name.clone()).collect())
            }
            TypeDefKind::Enum(cases) => {
                let names = cases.cases.iter().map(|case| (case.name.as_str(), None));
                self.variant(Style::Enum, cases.tag(), names)?
            }
            TypeDefKind::Option(some) => {
                let cases = [("none", None), ("some", Some(some))];
                self.variant(Style::Option, Int::U8, cases.into_iter())?
            }
            TypeDefKind::Result(result) => {
                let cases = [("ok", result.ok.as_ref()), ("err", result.err.as_ref())];
                self.variant(Style::Result, Int::U8, cases.into_iter())?
            }
            TypeDefKind::Variant(variant) => {
                let cases = variant.cases.iter();
                let cases = cases.map(|case| (case.name.as_str(), case.ty.as_ref()));
                self.variant(Style::Variant, variant.tag(), cases)?
            }
            TypeDefKind::Handle(Handle::Own(resource)) => Kind::Own(self.resource(*resource)),
            TypeDefKind::Handle(Handle::Borrow(resource)) => Kind::Borrow(self.resource(*resource)),
            TypeDefKind::Map(..) | TypeDefKind::FixedLengthList(..) => {
                return Err("has a type that this tool does not know yet");
            }
            TypeDefKind::Future(_) | TypeDefKind::Stream(_) => {
                return Err("has a type of asynchronous calls");
            }
            TypeDefKind::Resource | TypeDefKind::Unknown => {
                return Err("has a type without values");
            }
        })
    }

    fn fields<'t>(
        &mut self,
        fields: impl Iterator<Item = (&'t str, &'t WitType)> + Clone,
    ) -> Result<Kind, &'static str> {
        let offsets = self.sizes.field_offsets(fields.clone().map(|(_, ty)| ty));
        let offsets: Vec<u32> = offsets
            .iter()
            .map(|(offset, _)| offset.size_wasm32() as u32)
            .collect();
        let mut all = Vec::new();
        for ((name, ty), offset) in fields.zip(offsets) {
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
        style: Style,
        tag: Int,
        cases: impl Iterator<Item = (&'t str, Option<&'t WitType>)> + Clone,
    ) -> Result<Kind, &'static str> {
        let payload = self
            .sizes
            .payload_offset(tag, cases.clone().map(|(_, ty)| ty));
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
        Ok(Kind::Variant {
            style,
            tag: match tag {
                Int::U8 => 1,
                Int::U16 => 2,
                Int::U32 | Int::U64 => 4,
            },
            payload: payload.size_wasm32() as u32,
            cases: all,
        })
    }

    /// How many numbers a value is passed as.
    fn flat(&self, kind: &Kind) -> u32 {
        let of = |ty: TypeId| self.table.ty(ty).flat;
        match kind {
            Kind::Record(fields) => fields.iter().map(|field| of(field.ty)).sum(),
            Kind::Variant { cases, .. } => {
                let payloads = cases.iter().filter_map(|case| case.ty).map(of);
                1 + payloads.max().unwrap_or(0)
            }
            Kind::Flags(names) => names.len().div_ceil(32) as u32,
            Kind::String | Kind::List(_) => 2,
            _ => 1,
        }
    }
}
