//! Arbitrary paths.

use arbitrary::Arbitrary;

/// A path, mostly one that operations have in common.
#[derive(Arbitrary, Debug)]
pub struct Path {
    components: Vec<Component>,
    slash: bool,
}

#[derive(Arbitrary, Debug)]
pub enum Component {
    A,
    B,
    C,
    Current,
    Parent,
    Empty,
    Long(u16),
    Text(String),
}

impl Path {
    /// The path as a program writes it.
    pub fn text(&self) -> String {
        let components: Vec<String> = self
            .components
            .iter()
            .map(|component| match component {
                Component::A => "a".into(),
                Component::B => "b".into(),
                Component::C => "c".into(),
                Component::Current => ".".into(),
                Component::Parent => "..".into(),
                Component::Empty => String::new(),
                Component::Long(length) => "n".repeat(usize::from(*length) % 5000),
                Component::Text(text) => text.clone(),
            })
            .collect();
        components.join("/") + if self.slash { "/" } else { "" }
    }
}
