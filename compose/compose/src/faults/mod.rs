//! The faults of a policy, for the functions of an application.
//!
//! A policy names calls as people think of them: writes to files, connecting, requests. [`points`] knows which functions of
//! WASI these are, [`results`] what a function can return in place of a call, and this module makes the plan that the
//! monitor of a probe follows.

mod points;
mod results;

use std::collections::{BTreeMap, BTreeSet};

use interpose_calls::Table;
use interpose_faults::{Action, Condition, Disk, Plan, Rule, Site, Trigger};
use interpose_policy::is_of_profile;
use interpose_policy::model::{FaultEffect, FaultRule, FaultTarget, FaultTrigger, Faults};
use miette::Diagnostic;
use thiserror::Error;

use points::{How, points};
use results::{Results, closed, errors};

/// The faults of a policy, for the functions of an application.
#[derive(Clone, Debug, Default)]
pub(crate) struct Planned {
    /// What can happen to which calls.
    pub(crate) plan: Plan,
    /// The positions of the rules that are about no function that the application imports. Those of a profile are among them
    /// only if that is so for all rules.
    pub(crate) useless: Vec<usize>,
    /// A rule whose error its functions do not have.
    pub(crate) wrong: Option<FaultError>,
}

/// A rule about faults that the application's functions cannot have.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
#[error("rule {rule} of `[faults]`: `{function}` has no error `{error}`")]
#[diagnostic(code("plan::no-such-error"), help("{}", hint(.known)))]
pub struct FaultError {
    /// The number of the rule, counted from 1.
    pub rule: usize,
    /// The function.
    pub function: String,
    /// The error that the rule names.
    pub error: String,
    /// The errors that the function has.
    pub known: Vec<String>,
}

fn hint(known: &[String]) -> String {
    match known {
        [] => "its result can hold no error: use `delay` or `crash`".into(),
        known => format!("it has {}", known.join(", ")),
    }
}

/// Plans the faults of a policy for the functions of a table.
pub(crate) fn plan(faults: &Faults, table: &Table) -> Planned {
    let mut results = Results::new(table);
    let mut sites: BTreeMap<u32, Vec<Site>> = BTreeMap::new();
    let mut used = BTreeSet::new();
    let mut wrong = Vec::new();
    for (number, rule) in (0..).zip(&faults.rules) {
        for (index, function) in (0..).zip(&table.functions) {
            for point in points(function) {
                if !point.is_meant(&rule.on) {
                    continue;
                }
                let Some(action) = action(rule, index, &point.how, &mut results) else {
                    if let (FaultTarget::Interface { .. }, FaultEffect::Error(error)) =
                        (&rule.on, &rule.effect)
                    {
                        let known = errors(table, index).into_iter().map(str::to_owned);
                        wrong.push((
                            number,
                            FaultError {
                                rule: number as usize + 1,
                                function: format!("{}.{}", function.interface, function.name),
                                error: error.clone(),
                                known: known.collect(),
                            },
                        ));
                    }
                    continue;
                };
                used.insert(number);
                sites.entry(index).or_default().push(Site {
                    rule: number,
                    of: point.of,
                    action,
                });
            }
        }
    }
    let rules = faults.rules.iter().map(|rule| Rule {
        condition: Condition {
            path: rule.path.clone(),
            host: rule.host.clone(),
            request: rule.url.clone(),
        },
        trigger: match rule.trigger {
            FaultTrigger::Always => Trigger::Always,
            FaultTrigger::Probability(probability) => Trigger::Probability(probability),
            FaultTrigger::Nth(nth) => Trigger::Nth(nth - 1),
            FaultTrigger::From(from) => Trigger::From(from - 1),
            FaultTrigger::After(after) => Trigger::After(after),
        },
        limit: rule.limit,
    });
    let is_useless = |rule: &usize| !used.contains(&(*rule as u32));
    let are_all_useless = (0..faults.rules.len()).all(|rule| is_useless(&rule));
    Planned {
        plan: Plan {
            seed: faults.seed.unwrap_or(0),
            rules: rules.collect(),
            closed: match sites.is_empty() {
                true => BTreeMap::new(),
                false => closed(table),
            },
            sites,
            inventions: results.inventions,
            disk: (faults.disk != Default::default()).then(|| Disk {
                block: faults.disk.block.bytes(),
                ordered: faults.disk.ordered,
            }),
        },
        // A rule about a whole interface is about those of its functions that have the error.
        wrong: wrong
            .into_iter()
            .find(|(rule, _)| !used.contains(rule))
            .map(|(_, error)| error),
        useless: (0..faults.rules.len())
            .filter(is_useless)
            .filter(|rule| are_all_useless || !is_of_profile(&faults.rules[*rule]))
            .collect(),
    }
}

/// Whether a rule needs the kernel's time, which must be virtual then; the key that needs it.
pub(crate) fn needs_time(faults: &Faults) -> Option<&'static str> {
    faults.rules.iter().find_map(|rule| match rule.effect {
        FaultEffect::Delay { .. } => Some("delay"),
        FaultEffect::Jump(_) => Some("jump"),
        _ => match rule.trigger {
            FaultTrigger::After(_) => Some("after"),
            _ => None,
        },
    })
}

/// What a rule does to a function; `None` if it can do nothing to this one.
fn action(rule: &FaultRule, index: u32, how: &How, results: &mut Results<'_>) -> Option<Action> {
    let is_permit = *how == How::Permit;
    Some(match &rule.effect {
        FaultEffect::Error(_) if is_permit => return None,
        FaultEffect::Error(name) => results.error(index, name)?,
        FaultEffect::Short => match how {
            How::Permit => Action::ShortResult,
            How::Moves(parameter) => Action::ShortArgument(*parameter),
            How::Whole => return None,
        },
        _ if is_permit => return None,
        FaultEffect::Delay { least, most } => Action::Delay {
            least: *least,
            most: *most,
        },
        FaultEffect::Jump(by) => Action::Jump(*by),
        FaultEffect::Crash => Action::Crash,
    })
}
