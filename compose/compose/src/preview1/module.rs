//! What a core module imports, exports and has.

use wasmparser::{
    CompositeInnerType, ExternalKind, FuncType, Import, MemoryType, Parser, Payload, TypeRef,
};

/// A core module, as far as it is read.
#[derive(Default)]
pub struct Module<'a> {
    /// Its types, by index; `None` for those that are no functions, and for functions that are not the same type as
    /// another one with their parameters and results, because they are in a group of types or open.
    pub types: Vec<Option<FuncType>>,
    /// What it imports.
    pub imports: Vec<Import<'a>>,
    /// The type of each function, by the function's index; those that are imported come first.
    pub functions: Vec<u32>,
    /// Its memories, those that it imports first.
    pub memories: Vec<MemoryType>,
    /// How many elements each of its own tables has at first.
    pub tables: Vec<u64>,
    /// What it exports: name, kind and index.
    pub exports: Vec<(&'a str, ExternalKind, u32)>,
    /// The function that runs when it is instantiated.
    pub start: Option<u32>,
}

impl<'a> Module<'a> {
    /// Reads a module.
    ///
    /// # Errors
    /// When the bytes are no module.
    pub fn read(bytes: &'a [u8]) -> wasmparser::Result<Self> {
        let mut module = Self::default();
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            if matches!(payload, Payload::CodeSectionStart { .. }) {
                // Nothing that is read here stands behind the code, which is most of the module.
                break;
            }
            module.add(payload)?;
        }
        Ok(module)
    }

    fn add(&mut self, payload: Payload<'a>) -> wasmparser::Result<()> {
        match payload {
            Payload::TypeSection(section) => {
                for group in section {
                    let group = group?;
                    let is_alone = group.types().len() == 1;
                    for ty in group.into_types() {
                        let is_plain = is_alone
                            && ty.is_final
                            && ty.supertype_idx.is_none()
                            && !ty.composite_type.shared;
                        self.types.push(match ty.composite_type.inner {
                            CompositeInnerType::Func(function) if is_plain => Some(function),
                            _ => None,
                        });
                    }
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import?;
                    match import.ty {
                        TypeRef::Func(ty) | TypeRef::FuncExact(ty) => self.functions.push(ty),
                        TypeRef::Memory(memory) => self.memories.push(memory),
                        _ => {}
                    }
                    self.imports.push(import);
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    self.functions.push(ty?);
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    self.tables.push(table?.ty.initial);
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    self.memories.push(memory?);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    self.exports.push((export.name, export.kind, export.index));
                }
            }
            Payload::StartSection { func, .. } => self.start = Some(func),
            _ => {}
        }
        Ok(())
    }

    /// The type of a function.
    pub fn function(&self, index: u32) -> Option<&FuncType> {
        let ty = self.functions.get(index as usize)?;
        self.types.get(*ty as usize)?.as_ref()
    }

    /// The functions that it exports: name and index.
    pub fn exported_functions(&self) -> impl Iterator<Item = (&'a str, u32)> {
        let exports = self.exports.iter();
        exports.filter_map(|(name, kind, index)| match kind {
            ExternalKind::Func | ExternalKind::FuncExact => Some((*name, *index)),
            _ => None,
        })
    }

    /// The function that it exports under a name.
    pub fn exported_function(&self, name: &str) -> Option<u32> {
        let mut functions = self.exported_functions();
        functions
            .find(|(export, _)| *export == name)
            .map(|(_, index)| index)
    }
}
