//! Advice is taken and changes nothing.

use guests_p2::{contents, create, root, show, text};
use wasip2::filesystem::types::Advice;

fn main() {
    let file = create("file", b"contents");
    for advice in [
        Advice::Normal,
        Advice::Sequential,
        Advice::Random,
        Advice::WillNeed,
        Advice::DontNeed,
        Advice::NoReuse,
    ] {
        show(&format!("{advice:?}"), file.advise(0, 8, advice));
        show(
            &format!("{advice:?} beyond the end"),
            file.advise(100, 1 << 30, advice),
        );
        show(
            &format!("{advice:?} of more than a file can have"),
            file.advise(0, 1 << 63, advice),
        );
    }
    show(
        "beyond all",
        file.advise(u64::MAX, u64::MAX, Advice::Normal),
    );
    println!("{}", text(&contents(&file)));
    show(
        "directory",
        root().advise(0, 0, Advice::Normal).map(|_| ()).or(Ok(())),
    );
}
