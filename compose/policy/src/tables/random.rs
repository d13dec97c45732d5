//! `[random]`.

use crate::model::Random;
use crate::reader::{Entry, Reader};

pub(crate) const RANDOM: &[&str] = &["mode", "seed"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Inherit,
    Seeded,
    Deny,
}

/// Reads the table, over that of the policy below: with its mode, if this one names none.
pub(crate) fn random(
    reader: &mut Reader<'_>,
    entry: &Entry<'_>,
    base: Option<&Random>,
) -> Option<Random> {
    let table = entry.value.table(reader, "[random]", RANDOM)?;
    let hint = "like `mode = \"seeded\"`";
    let mode_entry = table.require_or_inherit(reader, "mode", base.is_some(), hint);
    let mode = match &mode_entry {
        Some(entry) => {
            let text = entry.value.text(reader)?;
            let modes = [
                ("inherit", Mode::Inherit),
                ("seeded", Mode::Seeded),
                ("deny", Mode::Deny),
            ];
            reader.word(&text, "mode", &modes)?
        }
        None => match base? {
            Random::Host => Mode::Inherit,
            Random::Seeded(_) => Mode::Seeded,
            Random::Deny => Mode::Deny,
        },
    };
    if mode != Mode::Seeded
        && let Some(seed) = table.get("seed")
    {
        let reason = "`seed` means something for the mode `seeded` only";
        let problem = reader.contradiction(&seed.whole(), reason);
        match &mode_entry {
            Some(mode) => problem
                .with_label(mode.whole(), "the mode")
                .with_hint("remove one of them"),
            None => problem.with_hint(super::OTHER_MODE_BELOW),
        };
    }
    match mode {
        Mode::Inherit => Some(Random::Host),
        Mode::Deny => Some(Random::Deny),
        Mode::Seeded => {
            if let Some(Random::Seeded(_)) = base
                && table.get("seed").is_none()
            {
                return base.copied();
            }
            let hint = "like `seed = 42`";
            let seed = table.require_or_inherit(reader, "seed", false, hint)?;
            seed.value.unsigned(reader, "a seed").map(Random::Seeded)
        }
    }
}
