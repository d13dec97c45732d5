//! Renders the problems of a policy as a person sees them.

use interpose_policy::PolicyErrors;
use miette::{GraphicalReportHandler, GraphicalTheme};

/// The rendered problems without colour, 100 columns wide.
pub fn render(errors: &PolicyErrors) -> String {
    let handler =
        GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(100);
    let mut text = String::new();
    for problem in &errors.problems {
        handler.render_report(&mut text, problem).unwrap();
        text.push('\n');
    }
    // Lines of a report may end in blanks, which editors remove.
    text.lines()
        .map(|line| line.trim_end().to_string() + "\n")
        .collect()
}
