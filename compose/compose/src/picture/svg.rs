//! Writes a picture as SVG.

use std::fmt::Write as _;

use super::layout::{COLUMN, LINE, Layout, Line, PADDING, Placed};
use super::model::{NodeKind, Picture};
use super::text::{columns, visible};

/// The colours, for light pages and for dark ones. They stand in the file, so that it can be shown anywhere.
const STYLE: &str = "\
text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#1f2328;white-space:pre}
.name{font-weight:bold}.caption,.label{fill:#59636e}
.paper{fill:#fff}.line{fill:none;stroke:#818b98;stroke-width:1.4}.head{fill:#818b98}
rect{stroke-width:1.4}.behind{fill:#fff;stroke:#d1d9e0;stroke-width:1}
.application{fill:#ddf4ff;stroke:#54aeff}.interposer{fill:#fbefff;stroke:#c297ff}
.kernel{fill:#dafbe1;stroke:#4ac26b}.filter{fill:#fff8c5;stroke:#d4a72c}.host{fill:#eff2f5;stroke:#818b98}
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.caption,.label{fill:#9198a1}
.paper{fill:#0d1117}.line{stroke:#656c76}.head{fill:#656c76}.behind{fill:#0d1117;stroke:#3d444d}
.application{fill:#121d2f;stroke:#388bfd}.interposer{fill:#211a33;stroke:#ab7df8}
.kernel{fill:#12261e;stroke:#2ea043}.filter{fill:#272115;stroke:#bb8009}.host{fill:#212830;stroke:#656c76}}
";

/// The height of an arrow's head.
const HEAD: f64 = 7.0;

/// From the top of a line of text to its baseline.
const BASELINE: f64 = 12.5;

impl Picture {
    /// The picture as SVG, in one file that needs no other, for light and dark pages.
    pub fn to_svg(&self) -> String {
        let layout = Layout::of(self);
        let (width, height) = (number(layout.width.ceil()), number(layout.height.ceil()));
        let title = escaped(&visible(&self.title));
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\">\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n\
             <rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n"
        );
        for line in &layout.lines {
            svg += &path(line);
        }
        for placed in &layout.boxes {
            svg += &boxed(placed);
        }
        svg += "</svg>\n";
        svg
    }
}

/// A part of an arrow.
fn path(line: &Line) -> String {
    let ((x, y), (to, bottom)) = (line.start, line.end);
    let end = if line.has_head { bottom - HEAD } else { bottom };
    let (half, to_text, end_text) = (number((line.bend + end) / 2.0), number(to), number(end));
    let mut path = format!(
        "<path class=\"line\" d=\"M{x} {}V{}C{x} {half} {to_text} {half} {to_text} {end_text}\"/>\n",
        number(y),
        number(line.bend),
        x = number(x),
    );
    if line.has_head {
        let _ = writeln!(
            path,
            "<path class=\"head\" d=\"M{} {end_text}h8l-4 {HEAD}z\"/>",
            number(to - 4.0),
        );
    }
    path
}

fn boxed(placed: &Placed) -> String {
    let (class, text_class, padding) = match placed.kind {
        Some(kind) => (class(kind), "", PADDING),
        None => ("behind", "label", PADDING / 2.0),
    };
    let mut svg = format!(
        "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"5\"/>\n",
        number(placed.left),
        number(placed.top),
        number(placed.width),
        number(placed.height),
    );
    let caption = placed.caption.iter().map(|line| (line, "caption"));
    let name = placed.name.iter().map(|line| (line, "name"));
    let text = placed.text.iter().map(|line| (line, text_class));
    for (position, (line, class)) in caption.chain(name).chain(text).enumerate() {
        let y = placed.top + padding + position as f64 * LINE + BASELINE;
        let indent = line.len() - line.trim_start().len();
        let line = line.trim_start();
        let class = match class {
            "" => String::new(),
            class => format!(" class=\"{class}\""),
        };
        // The length keeps the text inside its box in whatever font there is.
        let _ = writeln!(
            svg,
            "<text{class} x=\"{}\" y=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\">{}</text>",
            number(placed.left + padding + indent as f64 * COLUMN),
            number(y),
            number(columns(line) as f64 * COLUMN),
            escaped(line),
        );
    }
    svg
}

fn class(kind: NodeKind) -> &'static str {
    kind.word()
}

/// A coordinate with at most one digit behind the point.
fn number(value: f64) -> String {
    let tenths = (value * 10.0).round() as i64;
    match (tenths / 10, (tenths % 10).abs()) {
        (0, tenth) if tenths < 0 => format!("-0.{tenth}"),
        (whole, 0) => whole.to_string(),
        (whole, tenth) => format!("{whole}.{tenth}"),
    }
}

/// Text between tags.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(number(12.0), "12");
        assert_eq!(number(-0.44), "-0.4");
        assert_eq!(number(7.25), "7.3");
        assert_eq!(number(-3.1), "-3.1");
    }

    #[test]
    fn text_is_no_markup() {
        assert_eq!(escaped("a<b & c>"), "a&lt;b &amp; c&gt;");
    }
}
