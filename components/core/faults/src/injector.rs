//! Decides what happens to each call.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use alloc::vec::Vec;

use interpose_calls::{Event, Table, Value};
use interpose_http::{HttpMatcher, HttpRules, OutgoingRequest, RequestRule};
use interpose_labels::{Label, Labels, Of, join};
use interpose_random::drawn;
use interpose_rules::{Glob, Host, HostIndex, Target};

use crate::decision::{Begin, Decision, Happened};
use crate::plan::{Action, Condition, Plan, Site, Trigger};

/// The stream of random numbers of the first rule; the others follow.
const STREAMS: u64 = 1 << 32;

/// What is to happen to a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The call goes on.
    Pass,
    /// The function is not called, and returns this.
    Return {
        /// The result, as [`put`](interpose_calls::put) reads it.
        result: Vec<u8>,
        /// The position in [`Plan::inventions`] of the resource in the result, if it has one.
        invention: Option<u32>,
    },
    /// The parameter at this position, a number or a list, gets this value or this length.
    ShortArgument {
        /// The position.
        parameter: u32,
        /// The value or the length.
        length: u64,
    },
    /// The call goes on; the number in the `ok` of its result is to be [shortened](shortened) with this.
    ShortResult(u64),
    /// So many nanoseconds pass before the call.
    Delay(u64),
    /// Before the call, both clocks go forwards by so many nanoseconds, or the wall clock alone goes backwards.
    Jump(i64),
    /// The power is lost before the call. What the files keep is chosen by this seed.
    Crash(u64),
}

/// Decides what happens to the calls of one run; see the [crate's documentation](crate).
#[derive(Debug)]
pub struct Injector {
    table: Arc<Table>,
    labels: Labels,
    seed: u64,
    sites: BTreeMap<u32, Vec<Site>>,
    closed_results: BTreeMap<u32, Vec<u8>>,
    rules: Vec<Counted>,
    /// The faults of a replayed run, with their parameters.
    only: Option<BTreeMap<(u32, u64), Option<u64>>>,
    crash: Option<u64>,
    /// The streams that faults have closed.
    closed: BTreeSet<(u32, u64)>,
    calls: u64,
}

/// A rule, and what became of it so far.
#[derive(Debug)]
struct Counted {
    condition: Compiled,
    trigger: Trigger,
    limit: Option<u64>,
    /// How many calls it has decided about.
    calls: u64,
    /// How often it has fired.
    fired: u64,
}

/// A condition, ready to be compared with calls.
#[derive(Debug)]
struct Compiled {
    condition: Condition,
    host: Option<HostIndex<()>>,
    request: Option<HttpMatcher>,
}

impl Injector {
    /// The decisions for a run of a component with the functions of `table`. `seed` takes the place of the plan's.
    pub fn new(table: Arc<Table>, plan: Plan, seed: u64, begin: &Begin) -> Self {
        let rules = plan.rules.into_iter().map(|rule| Counted {
            condition: Compiled::new(rule.condition),
            trigger: rule.trigger,
            limit: rule.limit,
            calls: 0,
            fired: 0,
        });
        let only = begin.decisions.as_ref().map(|decisions| {
            let decisions = decisions.iter();
            decisions
                .map(|decision| ((decision.rule, decision.ordinal), decision.parameter))
                .collect()
        });
        Self {
            labels: Labels::new(Arc::clone(&table)),
            table,
            seed,
            sites: plan.sites,
            closed_results: plan.closed,
            rules: rules.collect(),
            only,
            crash: begin.crash,
            closed: BTreeSet::new(),
            calls: 0,
        }
    }

    /// Decides about a call, an [`Event::Call`], and says which fault it is if there is one. `now` is the time since the
    /// start in nanoseconds, if there is a clock that tells it.
    ///
    /// A function that is not called has to be [told](Injector::observe) of with its result nevertheless.
    pub fn call(
        &mut self,
        event: &Event,
        now: impl Fn() -> Option<u64>,
    ) -> (Verdict, Option<Happened>) {
        let Event::Call {
            function,
            arguments,
        } = event
        else {
            return (Verdict::Pass, None);
        };
        let call = self.calls;
        let decided = match self.count() {
            Verdict::Pass => self.decided(*function, arguments, call, &now),
            crash => (crash, None),
        };
        self.observe(event);
        decided
    }

    /// Whether no rule is about any function. Calls need only be [counted](Injector::count) then.
    pub fn is_idle(&self) -> bool {
        self.sites.is_empty()
    }

    /// Counts a call, and decides whether the power is lost before it.
    pub fn count(&mut self) -> Verdict {
        let call = self.calls;
        self.calls += 1;
        match self.crash == Some(call) {
            true => Verdict::Crash(self.crash_seed(call)),
            false => Verdict::Pass,
        }
    }

    /// Takes note of an event: of a return, or of a resource that was dropped. [`Injector::call`] does so for calls.
    pub fn observe(&mut self, event: &Event) {
        if let Event::Drop { resource, identity } = event {
            self.closed.remove(&(*resource, *identity));
        }
        self.labels.observe(event);
    }

    /// The functions of the component.
    pub fn table(&self) -> &Table {
        &self.table
    }

    fn crash_seed(&self, call: u64) -> u64 {
        let [seed, _] = drawn(self.seed, STREAMS - 1, call);
        seed
    }

    fn decided(
        &mut self,
        function: u32,
        arguments: &[Value],
        call: u64,
        now: &impl Fn() -> Option<u64>,
    ) -> (Verdict, Option<Happened>) {
        let subject = self.subject(function, arguments);
        if let Some(result) = self.closed_results.get(&function)
            && subject.is_some_and(|subject| self.closed.contains(&subject))
        {
            let verdict = Verdict::Return {
                result: result.clone(),
                invention: None,
            };
            return (verdict, None);
        }
        let Some(sites) = self.sites.get(&function) else {
            return (Verdict::Pass, None);
        };
        let label = subject.and_then(|(resource, identity)| self.labels.shown(resource, identity));
        let about = About { label, arguments };
        let site = sites.iter().find(|site| {
            let is_of = site
                .of
                .is_none_or(|of| label.is_some_and(|label| label.of == of));
            let rule = self.rules.get(site.rule as usize);
            is_of && rule.is_some_and(|rule| rule.condition.holds(&about))
        });
        let Some(site) = site else {
            return (Verdict::Pass, None);
        };
        let rule = &mut self.rules[site.rule as usize];
        let ordinal = rule.calls;
        rule.calls += 1;
        let (seed, stream) = (self.seed, STREAMS + u64::from(site.rule));
        let draw = || drawn(seed, stream, ordinal);
        let given = match &self.only {
            Some(only) => match only.get(&(site.rule, ordinal)) {
                Some(given) => *given,
                None => return (Verdict::Pass, None),
            },
            None if rule.fires(ordinal, || draw()[0], now) => None,
            None => return (Verdict::Pass, None),
        };
        let [_, drawn] = draw();
        let draw = Draw { drawn, given };
        let Some((verdict, parameter)) = verdict(&site.action, arguments, draw) else {
            return (Verdict::Pass, None);
        };
        rule.fired += 1;
        if let (Action::Return { closes: true, .. }, Some(subject)) = (&site.action, subject) {
            self.closed.insert(subject);
        }
        let verdict = match verdict {
            Verdict::Crash(_) => Verdict::Crash(self.crash_seed(call)),
            other => other,
        };
        let happened = Happened {
            decision: Decision {
                rule: site.rule,
                ordinal,
                parameter,
            },
            function,
            call,
        };
        (verdict, Some(happened))
    }

    /// The first resource among the arguments.
    fn subject(&self, function: u32, arguments: &[Value]) -> Option<(u32, u64)> {
        let function = self.table.functions.get(function as usize)?;
        let parameter = function.parameters.first()?;
        interpose_labels::resource(&self.table, parameter.ty, arguments.first()?)
    }
}

impl Counted {
    /// Whether the rule fires on the call with this number of those that it decides about.
    fn fires(
        &self,
        ordinal: u64,
        chance: impl Fn() -> u64,
        now: &impl Fn() -> Option<u64>,
    ) -> bool {
        if self.limit.is_some_and(|limit| self.fired >= limit) {
            return false;
        }
        match self.trigger {
            Trigger::Always => true,
            // The upper 53 bits are a number from 0 to 1 that floating-point numbers have exactly.
            Trigger::Probability(probability) => {
                (chance() >> 11) as f64 / (1u64 << 53) as f64 <= probability && probability > 0.0
            }
            Trigger::Nth(nth) => ordinal == nth,
            Trigger::From(from) => ordinal >= from,
            Trigger::After(after) => now().is_some_and(|now| now >= after),
        }
    }
}

/// What a call is about.
struct About<'a> {
    label: Option<&'a Label>,
    arguments: &'a [Value],
}

impl About<'_> {
    /// Whether a path matches: that of the descriptor or stream, or one that the call names in a directory.
    fn has_path(&self, glob: &Glob) -> bool {
        let Some(label) = self.label.filter(|label| label.of == Of::Path) else {
            return false;
        };
        let texts = self.arguments.iter().filter_map(|value| match value {
            Value::String { text, length } if text.len() as u64 == *length => Some(text),
            _ => None,
        });
        let mut texts = texts.peekable();
        match texts.peek() {
            Some(_) => texts.any(|text| glob.matches(&join(&label.text, text))),
            None => glob.matches(&label.text),
        }
    }

    /// The host: a name or an address.
    fn host(&self) -> Option<Host> {
        let label = self.label?;
        let text = match label.of {
            Of::Socket => label.text.strip_prefix("local ").unwrap_or(&label.text),
            Of::Name => return Target::parse(&label.text).map(Host::from),
            Of::Request => self.request()?.authority?,
            _ => return None,
        };
        let address = match text.rsplit_once(':') {
            Some((address, _)) if label.of == Of::Socket => address,
            Some((address, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => address,
            _ => text,
        };
        Target::parse(address).map(Host::from)
    }

    fn request(&self) -> Option<OutgoingRequest<'_>> {
        let label = self.label.filter(|label| label.of == Of::Request)?;
        let (method, url) = label.text.split_once(' ')?;
        let (scheme, rest) = match url.split_once("://") {
            Some((scheme, rest)) => (Some(scheme), rest),
            None => (None, url.strip_prefix("//")?),
        };
        let (authority, path) = match rest.find(['/', '?']) {
            Some(at) => rest.split_at(at),
            None => (rest, "/"),
        };
        Some(OutgoingRequest {
            method,
            scheme,
            authority: Some(authority),
            path_with_query: Some(path),
        })
    }
}

impl Compiled {
    fn new(condition: Condition) -> Self {
        let host = condition.host.as_ref().map(|host| {
            let mut index = HostIndex::default();
            index.edit(host, |()| {});
            index
        });
        let matcher = |rule: &RequestRule| {
            HttpMatcher::new(&HttpRules {
                allow: Vec::from([rule.clone()]),
                deny: Vec::new(),
            })
        };
        Self {
            request: condition.request.as_ref().map(matcher),
            host,
            condition,
        }
    }

    fn holds(&self, about: &About<'_>) -> bool {
        let path = self.condition.path.as_ref();
        path.is_none_or(|glob| about.has_path(glob))
            && self.host.as_ref().is_none_or(|index| {
                let host = about.host();
                host.is_some_and(|host| index.any(&host, |()| true))
            })
            && self.request.as_ref().is_none_or(|matcher| {
                let request = about.request();
                request.is_some_and(|request| matcher.allows(&request))
            })
    }
}

/// How far a fault goes.
#[derive(Clone, Copy)]
struct Draw {
    drawn: u64,
    /// What a replayed run has in place of what was drawn.
    given: Option<u64>,
}

impl Draw {
    /// A number between two bounds, which are included.
    fn between(self, least: u64, most: u64) -> u64 {
        match self.given {
            Some(given) => given,
            None => match most.saturating_sub(least).checked_add(1) {
                Some(width) => least + self.drawn % width,
                None => self.drawn,
            },
        }
    }
}

/// What an action does to a call, and its parameter; `None` if it cannot do anything to this one.
fn verdict(action: &Action, arguments: &[Value], draw: Draw) -> Option<(Verdict, Option<u64>)> {
    Some(match action {
        Action::Return {
            result, invention, ..
        } => {
            let verdict = Verdict::Return {
                result: result.clone(),
                invention: *invention,
            };
            (verdict, None)
        }
        Action::ShortArgument(parameter) => {
            let length = match arguments.get(*parameter as usize)? {
                Value::Unsigned(number) => *number,
                Value::Bytes { length, .. } | Value::List { length, .. } => *length,
                _ => return None,
            };
            if length < 2 {
                return None;
            }
            let length = match draw.given {
                Some(given) => given.clamp(1, length - 1),
                None => shortened(length, draw.drawn),
            };
            let verdict = Verdict::ShortArgument {
                parameter: *parameter,
                length,
            };
            (verdict, Some(length))
        }
        Action::ShortResult => {
            let number = draw.given.unwrap_or(draw.drawn);
            (Verdict::ShortResult(number), Some(number))
        }
        Action::Delay { least, most } => {
            let time = draw.between(*least, *most);
            (Verdict::Delay(time), Some(time))
        }
        Action::Jump(by) => (Verdict::Jump(*by), None),
        Action::Crash => (Verdict::Crash(0), None),
    })
}

/// A number that is smaller than `number` but not 0, if there is one. Each number of bits is as probable as any other, so that
/// of a million bytes there are often few.
pub fn shortened(number: u64, by: u64) -> u64 {
    let Some(most) = number.checked_sub(1).filter(|most| *most > 0) else {
        return number;
    };
    let (choice, value) = (by >> 32, by & u64::from(u32::MAX));
    let bits = 1 + choice % u64::from(u64::BITS - most.leading_zeros());
    let end = match 1u64.checked_shl(bits as u32) {
        Some(power) => (power - 1).min(most),
        None => most,
    };
    1 + value % end
}
