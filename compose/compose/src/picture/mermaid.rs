//! Writes a picture for Mermaid, which lays it out itself.

use std::fmt::Write as _;

use super::model::{Node, NodeKind, Picture};
use super::text::visible;

impl Picture {
    /// The picture as a flowchart of [Mermaid](https://mermaid.js.org), which many renderers of Markdown show.
    pub fn to_mermaid(&self) -> String {
        let mut text = format!("%% {}\nflowchart TB\n", visible(&self.title));
        let mut components: Vec<&str> = Vec::new();
        for component in self
            .nodes
            .iter()
            .filter_map(|node| node.component.as_deref())
        {
            if !components.contains(&component) {
                components.push(component);
            }
        }
        for (number, component) in components.iter().enumerate() {
            let _ = writeln!(text, "  subgraph g{number}[\"{}\"]", escaped(component));
            for (place, node) in self.nodes.iter().enumerate() {
                if node.component.as_deref() == Some(component) {
                    let _ = writeln!(text, "    {}", node_text(place, node));
                }
            }
            text += "  end\n";
        }
        for (place, node) in self.nodes.iter().enumerate() {
            if node.component.is_none() {
                let _ = writeln!(text, "  {}", node_text(place, node));
            }
        }
        for arrow in &self.arrows {
            let label = match arrow.lines.is_empty() {
                true => String::new(),
                false => format!("|\"{}\"|", joined(arrow.lines.iter().map(String::as_str))),
            };
            let _ = writeln!(text, "  n{} -->{label} n{}", arrow.from, arrow.to);
        }
        text
    }
}

fn node_text(place: usize, node: &Node) -> String {
    let heading = format!("{} ({})", node.name, node.kind.word());
    let heading = match node.kind {
        NodeKind::Host => node.name.as_str(),
        _ => &heading,
    };
    let label = joined(std::iter::once(heading).chain(node.lines.iter().map(String::as_str)));
    let (open, close) = match node.kind {
        NodeKind::Application => ("([", "])"),
        NodeKind::Interposer => ("[[", "]]"),
        NodeKind::Kernel | NodeKind::Filter => ("[", "]"),
        NodeKind::Host => ("[/", "/]"),
    };
    format!("n{place}{open}\"{label}\"{close}")
}

fn joined<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let lines: Vec<String> = lines.map(escaped).collect();
    lines.join("<br/>")
}

/// Text inside quotes. Mermaid reads entities behind `#`, and gives what it reads to a browser as HTML and as Markdown.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in visible(text).chars() {
        match c {
            c if c.is_alphanumeric() => escaped.push(c),
            ' ' | '-' | '.' | ',' | ':' | '/' | '@' | '(' | ')' | '=' | '+' => escaped.push(c),
            c => {
                let _ = write!(escaped, "#{};", u32::from(c));
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_is_read_as_markup() {
        assert_eq!(
            escaped("a<b>\"`*_#;\n"),
            "a#60;b#62;#34;#96;#42;#95;#35;#59;#92;n"
        );
    }
}
