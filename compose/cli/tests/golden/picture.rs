//! Each folder of `tests/cases/picture` is an application, `app.wit`, with a `policy.toml`, or a `graph.toml` with its
//! policies and components. Its outcome are the pictures `picture.svg` and `picture.mmd`.

use std::fs;
use std::path::Path;

use crate::graph::copy;
use crate::support::cases::blesses;
use crate::support::tools::{finish, interpose};
use crate::support::transcript::differences;

const PICTURES: [&str; 2] = ["picture.svg", "picture.mmd"];

/// Compares the pictures of a case with those in its folder.
pub fn check(case: &Path) -> Result<(), String> {
    let work = tempfile::tempdir().map_err(|error| error.to_string())?;
    copy(case, work.path());
    let [first, again] = [draw(work.path()), draw(work.path())];
    if first != again {
        return Err("two pictures of one case differ".into());
    }
    well_formed(&first[0])?;
    for (name, found) in PICTURES.iter().zip(&first) {
        let file = case.join(name);
        if blesses() {
            fs::write(&file, found).map_err(|error| error.to_string())?;
            continue;
        }
        let expected = fs::read_to_string(&file).unwrap_or_default();
        if expected != *found {
            return Err(format!("{name}:\n{}", differences(&expected, found)));
        }
    }
    Ok(())
}

fn draw(work: &Path) -> [String; 2] {
    let program: &[&str] = match work.join("graph.toml").exists() {
        true => &["--graph", "graph.toml"],
        false => &["app.wasm", "--policy", "policy.toml"],
    };
    let mut command = interpose();
    command.current_dir(work).arg("inspect").args(program);
    let printed = finish(command.args(["--svg", "picture.svg", "--mermaid", "picture.mmd"]));
    assert_eq!(printed.status, 0, "{printed:?}");
    PICTURES.map(|name| fs::read_to_string(work.join(name)).expect("a picture"))
}

/// Checks that a picture is XML, that it asks for no other file, that no two boxes overlap, and that every text lies in a
/// box.
fn well_formed(svg: &str) -> Result<(), String> {
    let document = roxmltree::Document::parse(svg).map_err(|error| error.to_string())?;
    let root = document.root_element();
    let number = |node: roxmltree::Node<'_, '_>, name: &str| -> Result<f64, String> {
        let value = node.attribute(name).ok_or(format!("no {name}"))?;
        value.parse().map_err(|_| format!("{name} is `{value}`"))
    };
    let (width, height) = (number(root, "width")?, number(root, "height")?);
    let mut boxes: Vec<[f64; 4]> = Vec::new();
    for node in root.descendants().filter(|node| node.is_element()) {
        for attribute in node.attributes() {
            if attribute.value().contains("://") || attribute.name().ends_with("href") {
                return Err(format!("it refers to {}", attribute.value()));
            }
        }
        if node.has_tag_name("rect") && node.attribute("class") != Some("paper") {
            let (x, y) = (number(node, "x")?, number(node, "y")?);
            boxes.push([
                x,
                y,
                x + number(node, "width")?,
                y + number(node, "height")?,
            ]);
        }
    }
    for (position, one) in boxes.iter().enumerate() {
        if one[0] < 0.0 || one[1] < 0.0 || one[2] > width || one[3] > height {
            return Err(format!("{one:?} lies outside"));
        }
        let overlapping = boxes[..position].iter().find(|other| {
            one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3]
        });
        if let Some(other) = overlapping {
            return Err(format!("{one:?} overlaps {other:?}"));
        }
    }
    for text in root.descendants().filter(|node| node.has_tag_name("text")) {
        let (x, y) = (number(text, "x")?, number(text, "y")?);
        let end = x + number(text, "textLength")?;
        let inside = boxes
            .iter()
            .any(|one| one[0] <= x && end <= one[2] && one[1] <= y && y <= one[3]);
        if !inside {
            return Err(format!(
                "`{}` lies in no box",
                text.text().unwrap_or_default()
            ));
        }
    }
    match boxes.len() {
        0 | 1 => Err("there are no boxes".into()),
        _ => Ok(()),
    }
}
