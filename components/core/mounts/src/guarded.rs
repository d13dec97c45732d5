//! Finding a directory by a path none of whose names the application could have exchanged.

use crate::{Link, Refusal, Tree};

/// A tree in which some names are not looked up, because an application that may write in their directories could have
/// exchanged the entries.
///
/// A walk to a place below such a directory looks up a name in the directory first. So refusing the names in the
/// directory refuses everything below it.
pub struct Guarded<'a, T: Tree> {
    tree: &'a T,
    exchangeable: &'a dyn Fn(&T::Directory, &str) -> bool,
}

impl<'a, T: Tree> Guarded<'a, T> {
    /// The tree without the names for which `exchangeable` is true. `exchangeable` gets the directory and a name in it.
    pub fn new(tree: &'a T, exchangeable: &'a dyn Fn(&T::Directory, &str) -> bool) -> Self {
        Self { tree, exchangeable }
    }
}

impl<T: Tree> Tree for Guarded<'_, T> {
    type Directory = T::Directory;
    type Error = T::Error;

    fn open_directory(&self, parent: &T::Directory, name: &str) -> Result<T::Directory, T::Error> {
        match (self.exchangeable)(parent, name) {
            true => Err(Refusal::NotPermitted.into()),
            false => self.tree.open_directory(parent, name),
        }
    }

    fn read_link(&self, parent: &T::Directory, name: &str) -> Link {
        match (self.exchangeable)(parent, name) {
            true => Link::Outside,
            false => self.tree.read_link(parent, name),
        }
    }

    fn is_absence(error: &T::Error) -> bool {
        T::is_absence(error)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use alloc::vec::Vec;

    use super::*;
    use crate::testing::Model;
    use crate::{Hidden, Walk};

    #[test]
    fn nothing_is_looked_up_where_it_could_be_exchanged() {
        let model = Model::new(&[
            "work/",
            "work/assets/",
            "work/kept/",
            "work/kept/in/",
            "releases/",
            "releases/5/",
            "current -> releases/5",
            "through -> work/assets",
            "back -> work/../releases",
        ]);
        let exchangeable =
            |directory: &Vec<String>, name: &str| directory.join("/") == "work" && name != "kept";
        let guarded = Guarded::new(&model, &exchangeable);
        let hidden = Hidden::default();
        let find = |path: &str| {
            let (start, place) = (Vec::new(), hidden.root());
            let mut walk = Walk::new(&guarded, &hidden, (&start, &place), path)?;
            walk.to_entry(true)?;
            Ok(walk.into_directory().unwrap_or_default().join("/"))
        };
        for (path, found) in [
            ("work/", Ok("work")),
            ("current/", Ok("releases/5")),
            ("back/5/", Ok("releases/5")),
            ("work/kept/in/", Ok("work/kept/in")),
            ("work/assets/", Err(Refusal::NotPermitted)),
            ("work/none/", Err(Refusal::NotPermitted)),
            ("through/", Err(Refusal::NotPermitted)),
            ("work/kept/../assets/", Err(Refusal::NotPermitted)),
        ] {
            assert_eq!(find(path), found.map(String::from), "{path}");
        }
    }
}
