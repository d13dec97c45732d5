//! Collects what adapters tell of refused calls.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use wasi_interpose::denials::{Denial, Reason};
use wasi_interpose::reports::{REFUSED, Report};
use wasmtime::component::Linker;
use wasmtime::{Result, StoreContextMut};

use crate::state::State;

/// The most different refusals that are kept, so that an application cannot fill the memory of the host. Others are
/// counted.
const MAX_DENIALS: usize = 1000;

/// The most bytes of a text that are kept. Adapters cut longer texts too.
const MAX_BYTES: usize = 1024;

/// What a policy refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refused {
    /// The different refusals, in the order of the first call of each, with the adapter that told of it.
    pub denials: Vec<(Report, Denial)>,
    /// How many calls were refused that are not among them, because there were too many different ones.
    pub more: u64,
}

/// Refusals that are still being collected. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Refusals(Arc<Mutex<Collected>>);

#[derive(Debug, Default)]
struct Collected {
    refused: Refused,
    /// The position of each refusal.
    positions: BTreeMap<(String, Reason, String, String), usize>,
}

impl Refusals {
    /// What was refused so far.
    pub fn so_far(&self) -> Refused {
        let collected = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        collected.refused.clone()
    }

    /// Notes a refused call.
    fn add(&self, report: &Report, reason: Reason, function: &str, subject: &str) {
        let (function, subject) = (cut(function), canonical(reason, cut(subject)));
        let mut collected = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Collected { refused, positions } = &mut *collected;
        let key = (
            report.import.clone(),
            reason,
            function.to_owned(),
            subject.to_string(),
        );
        if let Some(position) = positions.get(&key) {
            refused.denials[*position].1.count += 1;
        } else if refused.denials.len() < MAX_DENIALS {
            let denial = Denial {
                reason,
                function: function.into(),
                subject: subject.into_owned(),
                count: 1,
            };
            positions.insert(key, refused.denials.len());
            refused.denials.push((report.clone(), denial));
        } else {
            refused.more += 1;
        }
    }
}

/// What a call was asked for, with the address of a socket in its canonical form: adapters write IPv6 addresses in full.
fn canonical(reason: Reason, subject: &str) -> Cow<'_, str> {
    let is_of_a_socket = matches!(reason, Reason::Connect | Reason::Listen | Reason::Peer);
    let address = subject.split_once("://").filter(|_| is_of_a_socket);
    let address = address.and_then(|(protocol, address)| {
        let address: SocketAddr = address.parse().ok()?;
        Some(format!("{protocol}://{address}"))
    });
    address.map_or(Cow::Borrowed(subject), Cow::Owned)
}

/// As much of a text as is kept.
fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_BYTES)]
}

/// Links the instance to which an adapter tells what the policy refuses.
pub(crate) fn link_report(
    linker: &mut Linker<State>,
    report: &Report,
    refusals: &Refusals,
) -> Result<()> {
    let mut instance = linker.instance(&report.import)?;
    let (report, refusals) = (report.clone(), refusals.clone());
    instance.func_wrap(
        REFUSED,
        move |_: StoreContextMut<'_, State>, (reason, function, subject): (u8, String, String)| {
            // Adapters are of this version, so every number is that of a reason.
            if let Some(reason) = Reason::of_number(reason) {
                refusals.add(&report, reason, &function, &subject);
            }
            Ok(())
        },
    )
}

#[cfg(test)]
mod tests {
    use wasi_interpose::adapters::Adapter;

    use super::*;

    #[test]
    fn equal_refusals_are_counted_and_others_are_limited() {
        let refusals = Refusals::default();
        let report = Report {
            import: "wasi-interpose:denials/adapter0".into(),
            adapter: Adapter::Network,
        };
        for round in 0..3 {
            for name in 0..2 * MAX_DENIALS {
                let name = format!("{name}.example");
                refusals.add(&report, Reason::Lookup, "resolve-addresses", &name);
            }
            let refused = refusals.so_far();
            assert_eq!(refused.denials.len(), MAX_DENIALS);
            let counted = refused
                .denials
                .iter()
                .all(|(_, denial)| denial.count == round + 1);
            assert!(counted, "{refused:?}");
            assert_eq!(refused.more, MAX_DENIALS as u64 * (round + 1));
        }
        let refusals = Refusals::default();
        refusals.add(
            &report,
            Reason::Lookup,
            "resolve-addresses",
            &"ü".repeat(5000),
        );
        let full = "udp://[0:0:0:0:0:0:0:1]:53";
        refusals.add(&report, Reason::Connect, "send", full);
        refusals.add(&report, Reason::Lookup, "resolve-addresses", full);
        let refused = refusals.so_far();
        let subjects = refused.denials.iter().map(|(_, denial)| &denial.subject);
        let subjects: Vec<&String> = subjects.collect();
        assert_eq!(subjects, [&"ü".repeat(512), "udp://[::1]:53", full]);
    }
}
