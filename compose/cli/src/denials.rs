//! What the policy refused while an application ran, for `run` and `serve`.

use interpose_host::{Offer, Refused};
use wasi_interpose::compose::Composition;
use wasi_interpose::denials::{Denial, Reason, Remedy};
use wasi_interpose::graph::Assembled;
use wasi_interpose::reports::Report;
use wasi_interpose::resolved::Decisions;

use crate::lines;
use crate::session::Session;

/// The most refusals that are printed as text. With `--json`, the record has all that are known.
const MAX_SHOWN: usize = 50;

/// The most characters of what was asked for that are printed as text.
const MAX_CHARACTERS: usize = 200;

/// The adapters that tell of refusals, and what they cannot know.
pub struct Tellers {
    /// The import of each adapter, its component of a graph, and the decisions of the component's policy.
    adapters: Vec<(Report, Option<String>, Decisions)>,
    /// Whether there are arguments that the application could get.
    has_arguments: bool,
    /// The names of the variables that the application could get.
    variables: Vec<String>,
}

/// What the policy refused, as it is shown.
#[derive(Default)]
pub struct Denials {
    list: Vec<Shown>,
    pub more: u64,
}

/// A refusal, as it is shown.
struct Shown {
    /// Whether the application asked for all there is and got a shorter list, so that nobody knows whether it missed
    /// anything. Every program of Rust, C and Go asks for all variables when it starts.
    is_left_out: bool,
    line: lines::Denial,
}

impl Tellers {
    /// The adapters of a composition.
    pub fn of(composition: &Composition, offer: &Offer) -> Self {
        let decisions = &composition.plan.decisions;
        let reports = composition.reports.iter();
        Self::new(
            reports.map(|report| (report.clone(), None, decisions.clone())),
            offer,
        )
    }

    /// The adapters of a graph.
    pub fn of_graph(assembled: &Assembled, offer: &Offer) -> Self {
        let adapters = assembled.reports().map(|(member, report)| {
            let decisions = member.composition.plan.decisions.clone();
            (report.clone(), Some(member.name.clone()), decisions)
        });
        Self::new(adapters, offer)
    }

    fn new(
        adapters: impl Iterator<Item = (Report, Option<String>, Decisions)>,
        offer: &Offer,
    ) -> Self {
        Self {
            adapters: adapters.collect(),
            // The first one is the program's name.
            has_arguments: offer.arguments.len() > 1,
            variables: offer
                .variables
                .iter()
                .map(|(name, _)| name.clone())
                .collect(),
        }
    }

    /// What the adapters told of, with what would allow it. Arguments and variables count only where there are any.
    pub fn denials(&self, refused: Refused) -> Denials {
        let list = refused.denials.into_iter().filter_map(|(report, denial)| {
            let mut adapters = self.adapters.iter();
            let (_, component, decisions) = adapters.find(|(own, ..)| *own == report)?;
            let subject = match denial.reason {
                Reason::Arguments if !self.has_arguments => return None,
                Reason::Variables => {
                    let withheld = withheld(decisions, &self.variables);
                    match withheld.is_empty() {
                        true => return None,
                        false => withheld.join(", "),
                    }
                }
                _ => denial.subject.clone(),
            };
            let remedy = denial.remedy(decisions);
            Some(Shown {
                is_left_out: matches!(denial.reason, Reason::Arguments | Reason::Variables),
                line: line(component.clone(), &denial, subject, remedy),
            })
        });
        Denials {
            list: list.collect(),
            more: refused.more,
        }
    }
}

/// The variables that the application does not see.
fn withheld<'a>(decisions: &Decisions, variables: &'a [String]) -> Vec<&'a str> {
    let Some(table) = decisions.environment.rules() else {
        return Vec::new();
    };
    let is_withheld = |name: &&str| {
        let is_set = table.set.iter().any(|(other, _)| other == name);
        let inherits = table.inherit.iter().any(|pattern| pattern.matches(name));
        let excepts = table.except.iter().any(|pattern| pattern.matches(name));
        !is_set && (!inherits || excepts)
    };
    let names = variables.iter().map(String::as_str);
    names.filter(is_withheld).collect()
}

fn line(
    component: Option<String>,
    denial: &Denial,
    subject: String,
    remedy: Remedy,
) -> lines::Denial {
    lines::Denial {
        component,
        capability: denial.capability(),
        function: denial.function.clone(),
        allowed_by: remedy.to_string(),
        subject,
        count: denial.count,
        table: remedy.table,
        mount: remedy.mount,
        lines: remedy.lines,
    }
}

impl Denials {
    /// Prints a line for each refusal, unless only errors or objects are to be printed. What was left out of lists is
    /// printed only if the application did not succeed: otherwise it has evidently not missed anything.
    pub fn tell(&self, session: &Session, succeeded: bool) {
        let told = self.list.iter();
        let told = told.filter(|denial| !(succeeded && denial.is_left_out));
        let mut told = told.map(|denial| &denial.line);
        for denial in told.by_ref().take(MAX_SHOWN) {
            session.reporter.refused(&text(denial));
        }
        let more = told.fold(self.more, |more, denial| more.saturating_add(denial.count));
        if more > 0 {
            let calls = if more == 1 { "call" } else { "calls" };
            session.reporter.refused(&format!("{more} more {calls}"));
        }
    }

    /// All refusals, for the record of `run --json`.
    pub fn into_lines(self) -> Vec<lines::Denial> {
        self.list.into_iter().map(|denial| denial.line).collect()
    }
}

/// A refusal in one line.
fn text(denial: &lines::Denial) -> String {
    let mut text = String::new();
    if let Some(component) = &denial.component {
        text += &format!("`{component}`: ");
    }
    text += &format!("{} {}", denial.capability, denial.function);
    if !denial.subject.is_empty() {
        let shown: String = denial.subject.chars().take(MAX_CHARACTERS).collect();
        let cut = if shown.len() < denial.subject.len() {
            "…"
        } else {
            ""
        };
        text += &format!(" `{shown}{cut}`");
    }
    if denial.count > 1 {
        text += &format!(" ({} times)", denial.count);
    }
    text + "; allowed by " + &denial.allowed_by
}
