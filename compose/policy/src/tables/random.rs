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

pub(crate) fn random(reader: &mut Reader<'_>, entry: &Entry<'_>) -> Option<Random> {
    let table = entry.value.table(reader, "[random]", RANDOM)?;
    let mode_entry = table.require(reader, "mode", "like `mode = \"seeded\"`")?;
    let text = mode_entry.value.text(reader)?;
    let modes = [
        ("inherit", Mode::Inherit),
        ("seeded", Mode::Seeded),
        ("deny", Mode::Deny),
    ];
    let mode = reader.word(&text, "mode", &modes)?;
    if mode != Mode::Seeded
        && let Some(seed) = table.get("seed")
    {
        reader
            .contradiction(
                &seed.whole(),
                "`seed` means something for the mode `seeded` only",
            )
            .with_label(mode_entry.whole(), "the mode")
            .with_hint("remove one of them");
    }
    match mode {
        Mode::Inherit => Some(Random::Host),
        Mode::Deny => Some(Random::Deny),
        Mode::Seeded => {
            let seed = table.require(reader, "seed", "like `seed = 42`")?;
            seed.value.unsigned(reader, "a seed").map(Random::Seeded)
        }
    }
}
