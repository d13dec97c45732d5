//! The modules of a crate, and the targets of the paths in them.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
};

use crate::{
    error::ReadError,
    syntax::{Declarations, FileModule},
    token::tokens,
};

/// The index of a module in a [`Tree`].
pub(crate) type Id = usize;

/// A module, in its own file or inside the text of another module.
#[derive(Debug)]
pub(crate) struct Module {
    /// Its full path, which begins with `crate`.
    pub(crate) path: String,
    pub(crate) file: PathBuf,
    pub(crate) declarations: Declarations,
    parent: Option<Id>,
    children: BTreeMap<String, Id>,
}

/// All modules of a crate. The first one is the root.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) modules: Vec<Module>,
}

/// The imports on the way to a target, each by its module and its position there: an import does not lead to itself.
type Followed = BTreeSet<(Id, usize)>;

impl Tree {
    /// Reads a crate from its root file; `read` returns the text of a file.
    pub(crate) fn read(
        root: &Path,
        read: &dyn Fn(&Path) -> io::Result<String>,
    ) -> Result<Self, ReadError> {
        let mut tree = Self {
            modules: Vec::new(),
        };
        let folder = root.parent().unwrap_or(Path::new("")).to_owned();
        let text = read(root).map_err(|error| ReadError::File {
            file: root.to_owned(),
            error,
        })?;
        tree.add_text(None, "crate", root, &folder, &text, read)?;
        Ok(tree)
    }

    fn add_text(
        &mut self,
        parent: Option<Id>,
        name: &str,
        file: &Path,
        folder: &Path,
        text: &str,
        read: &dyn Fn(&Path) -> io::Result<String>,
    ) -> Result<(), ReadError> {
        let declarations = Declarations::parse(&tokens(text));
        self.add(parent, name, file, folder, declarations, read)
    }

    /// Adds a module and the modules inside it. `folder` contains the files of its modules.
    fn add(
        &mut self,
        parent: Option<Id>,
        name: &str,
        file: &Path,
        folder: &Path,
        mut declarations: Declarations,
        read: &dyn Fn(&Path) -> io::Result<String>,
    ) -> Result<(), ReadError> {
        let files = std::mem::take(&mut declarations.files);
        let inline = std::mem::take(&mut declarations.inline);
        let existing = parent.and_then(|parent| self.modules[parent].children.get(name));
        let id = match existing {
            Some(&id) => {
                self.modules[id].declarations.extend(declarations);
                id
            }
            None => self.insert(parent, name, file, declarations),
        };
        for (name, declarations) in inline {
            let folder = folder.join(&name);
            self.add(Some(id), &name, file, &folder, declarations, read)?;
        }
        for FileModule {
            name,
            has_path,
            line,
        } in files
        {
            if has_path {
                return Err(ReadError::PathAttribute {
                    file: file.to_owned(),
                    line,
                });
            }
            if self.modules[id].children.contains_key(&name) {
                // The module is declared twice, for different builds.
                continue;
            }
            let own = folder.join(&name);
            let candidates = [own.with_extension("rs"), own.join("mod.rs")];
            let Some((file, text)) = candidates
                .into_iter()
                .find_map(|file| read(&file).ok().map(|text| (file, text)))
            else {
                return Err(ReadError::NoFile {
                    name,
                    file: file.to_owned(),
                    line,
                });
            };
            self.add_text(Some(id), &name, &file, &own, &text, read)?;
        }
        Ok(())
    }

    fn insert(
        &mut self,
        parent: Option<Id>,
        name: &str,
        file: &Path,
        declarations: Declarations,
    ) -> Id {
        let id = self.modules.len();
        let path = match parent {
            Some(parent) => {
                let parent = &mut self.modules[parent];
                parent.children.insert(name.to_owned(), id);
                format!("{}::{name}", parent.path)
            }
            None => name.to_owned(),
        };
        self.modules.push(Module {
            path,
            file: file.to_owned(),
            declarations,
            parent,
            children: BTreeMap::new(),
        });
        id
    }

    /// The modules that a module uses, each with the path and the line of the use. The module itself may be among them.
    pub(crate) fn uses(&self, id: Id) -> Vec<(Id, String, usize)> {
        let declarations = &self.modules[id].declarations;
        let mut uses = Vec::new();
        for (path, line) in &declarations.paths {
            for target in self.resolve(id, path, &mut Followed::new()) {
                uses.push((target, path.join("::"), *line));
            }
        }
        for (place, import) in declarations.imports.iter().enumerate() {
            let mut followed = Followed::from([(id, place)]);
            let targets = self.resolve(id, &import.path, &mut followed);
            let path = import.path.join("::");
            match &import.name {
                // A re-exported name is a use only for the modules that import it from here.
                Some(name) if import.is_public && !declarations.words.contains(name) => {}
                Some(_) => uses.extend(
                    targets
                        .into_iter()
                        .map(|target| (target, path.clone(), import.line)),
                ),
                None => {
                    for glob in targets {
                        if !import.is_public {
                            uses.push((glob, format!("{path}::*"), import.line));
                        }
                        for word in &declarations.words {
                            let found = self.named(glob, std::slice::from_ref(word), &mut followed);
                            for target in found.unwrap_or_default() {
                                uses.push((target, format!("{path}::{word}"), import.line));
                            }
                        }
                    }
                }
            }
        }
        uses
    }

    /// The modules that contain the target of a path in a module: several if the target depends on the build, none if
    /// it is outside the crate.
    fn resolve(&self, id: Id, path: &[String], followed: &mut Followed) -> BTreeSet<Id> {
        let Some((first, rest)) = path.split_first() else {
            return BTreeSet::from([id]);
        };
        let start = match first.as_str() {
            "crate" => Some(0),
            "self" => Some(id),
            "super" => self.modules[id].parent,
            _ => return self.named(id, path, followed).unwrap_or_default(),
        };
        let Some(mut at) = start else {
            return BTreeSet::new();
        };
        let mut rest = rest;
        while let Some((first, behind)) = rest.split_first()
            && first == "super"
        {
            let Some(parent) = self.modules[at].parent else {
                break;
            };
            at = parent;
            rest = behind;
        }
        self.member(at, rest, followed)
    }

    /// The modules that contain the target of a path whose first name is looked up in the module `id`.
    fn member(&self, id: Id, path: &[String], followed: &mut Followed) -> BTreeSet<Id> {
        if path.is_empty() {
            return BTreeSet::from([id]);
        }
        self.named(id, path, followed).unwrap_or_else(|| {
            // A macro defines the name, either here or in a module of which all names are imported.
            let mut found = BTreeSet::from([id]);
            self.add_globs(id, followed, &mut found);
            found
        })
    }

    /// Like [`Tree::member`], but `None` if the text of the module does not show such a name.
    fn named(&self, id: Id, path: &[String], followed: &mut Followed) -> Option<BTreeSet<Id>> {
        let module = &self.modules[id];
        let (first, rest) = path.split_first()?;
        if let Some(&child) = module.children.get(first) {
            return Some(self.member(child, rest, followed));
        }
        let mut found = None;
        for (place, import) in module.declarations.imports.iter().enumerate() {
            if import.name.as_ref() == Some(first) && followed.insert((id, place)) {
                let path = [&import.path, rest].concat();
                let targets = self.resolve(id, &path, followed);
                found.get_or_insert_with(BTreeSet::new).extend(targets);
                followed.remove(&(id, place));
            }
        }
        if found.is_some() {
            return found;
        }
        if module.declarations.items.contains(first) {
            found = Some(BTreeSet::from([id]));
        }
        for (place, import) in module.declarations.imports.iter().enumerate() {
            if import.name.is_none() && followed.insert((id, place)) {
                for glob in self.resolve(id, &import.path, followed) {
                    if let Some(targets) = self.named(glob, path, followed) {
                        found.get_or_insert_with(BTreeSet::new).extend(targets);
                    }
                }
                followed.remove(&(id, place));
            }
        }
        found
    }

    /// Adds the modules of the crate from which a module imports all names, and those from which these do.
    fn add_globs(&self, id: Id, followed: &mut Followed, found: &mut BTreeSet<Id>) {
        for (place, import) in self.modules[id].declarations.imports.iter().enumerate() {
            if import.name.is_none() && followed.insert((id, place)) {
                for glob in self.resolve(id, &import.path, followed) {
                    if found.insert(glob) {
                        self.add_globs(glob, followed, found);
                    }
                }
                followed.remove(&(id, place));
            }
        }
    }
}
