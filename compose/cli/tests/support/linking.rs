//! How the tests link what they compose.

use std::env;

use wasi_interpose::compose::Composer;
use wasi_interpose::link::Linking;
use wasi_interpose::link::fuse::glue::Memories;

/// The variable that says how a suite links: `wired`, which is the default, `fused` or `portable`, with which whatever can
/// be fused is.
const VARIABLE: &str = "INTERPOSE_LINK";

/// Whether the suite wires.
pub fn wires() -> bool {
    env::var(VARIABLE).map_or(true, |link| link == "wired")
}

/// Makes a composer link as [`VARIABLE`] says.
pub fn linked(composer: Composer) -> Composer {
    composer.linked(match env::var(VARIABLE).as_deref() {
        Err(_) | Ok("wired") => Linking::Wired,
        Ok("fused") => Linking::Fused(Memories::Multiple),
        Ok("portable") => Linking::Fused(Memories::Portable),
        Ok(other) => panic!("`{VARIABLE}` cannot be `{other}`"),
    })
}
