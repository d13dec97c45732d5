//! The functions of a core module that can be called.

use std::collections::{BTreeMap, BTreeSet};

use wasmparser::{
    ConstExpr, ElementItems, ExternalKind, FunctionBody, Operator, OperatorsReader, Parser,
    Payload, TypeRef,
};

/// The functions of a module and their possible callers.
#[derive(Default)]
pub struct Functions {
    /// The number of imported functions. Their indices come first.
    pub imported: u32,
    /// The number of functions with a body.
    pub defined: u32,
    exported: BTreeMap<String, u32>,
    /// The functions that a table or a global mentions or that run at the start.
    referred: BTreeSet<u32>,
    /// For each function with a body, the functions that the body mentions.
    mentioned: Vec<BTreeSet<u32>>,
}

impl Functions {
    /// Reads a module.
    ///
    /// # Errors
    /// When the bytes are no module.
    pub fn of(module: &[u8]) -> anyhow::Result<Self> {
        let mut functions = Self::default();
        for payload in Parser::new(0).parse_all(module) {
            match payload? {
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let is_function =
                            matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_));
                        functions.imported += u32::from(is_function);
                    }
                }
                Payload::GlobalSection(section) => {
                    for global in section {
                        functions.refer(&global?.init_expr)?;
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section {
                        let export = export?;
                        if export.kind == ExternalKind::Func {
                            let name = export.name.to_owned();
                            functions.exported.insert(name, export.index);
                        }
                    }
                }
                Payload::StartSection { func, .. } => drop(functions.referred.insert(func)),
                Payload::ElementSection(section) => {
                    for element in section {
                        match element?.items {
                            ElementItems::Functions(items) => {
                                for function in items {
                                    functions.referred.insert(function?);
                                }
                            }
                            ElementItems::Expressions(_, items) => {
                                for expression in items {
                                    functions.refer(&expression?)?;
                                }
                            }
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => functions.add(&body)?,
                _ => {}
            }
        }
        Ok(functions)
    }

    fn add(&mut self, body: &FunctionBody<'_>) -> anyhow::Result<()> {
        self.defined += 1;
        self.mentioned
            .push(mentioned(body.get_operators_reader()?)?);
        Ok(())
    }

    fn refer(&mut self, expression: &ConstExpr<'_>) -> anyhow::Result<()> {
        self.referred
            .extend(mentioned(expression.get_operators_reader())?);
        Ok(())
    }

    /// Whether a function is exported under this name.
    pub fn exports(&self, name: &str) -> bool {
        self.exported.contains_key(name)
    }

    /// The function that is exported under this name.
    pub fn exported(&self, name: &str) -> Option<u32> {
        self.exported.get(name).copied()
    }

    /// Forgets what a function does, because it is going to do nothing.
    pub fn empty(&mut self, function: u32) {
        if let Some(body) = function.checked_sub(self.imported)
            && let Some(mentioned) = self.mentioned.get_mut(body as usize)
        {
            mentioned.clear();
        }
    }

    /// The functions that can be called while only the exports for which `kept` holds are there.
    pub fn live(&self, kept: impl Fn(&str) -> bool) -> BTreeSet<u32> {
        let exported = self.exported.iter();
        let mut left: Vec<u32> = exported
            .filter(|(name, _)| kept(name))
            .map(|(_, function)| *function)
            .chain(self.referred.iter().copied())
            .collect();
        let mut live = BTreeSet::new();
        while let Some(function) = left.pop() {
            if live.insert(function)
                && let Some(body) = function.checked_sub(self.imported)
                && let Some(mentioned) = self.mentioned.get(body as usize)
            {
                left.extend(mentioned);
            }
        }
        live
    }
}

fn mentioned(operators: OperatorsReader<'_>) -> anyhow::Result<BTreeSet<u32>> {
    let mut functions = BTreeSet::new();
    for operator in operators {
        match operator? {
            Operator::Call { function_index }
            | Operator::ReturnCall { function_index }
            | Operator::RefFunc { function_index } => drop(functions.insert(function_index)),
            _ => {}
        }
    }
    Ok(functions)
}
