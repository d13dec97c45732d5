//! The guides, whose commands fetch packages: what a reader types prints what they show.

use crate::support::documents::in_folder;

#[test]
fn commands_of_guides_print_what_is_shown() {
    let guides = in_folder("docs/guides");
    assert!(!guides.is_empty());
    for guide in guides {
        let directory = tempfile::tempdir().expect("a directory");
        guide.follow(directory.path());
    }
}
