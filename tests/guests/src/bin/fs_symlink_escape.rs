//! Links that lead out of the root are refused when followed, wherever they stand in a path.

use guests::{show, symlink};
use std::fs;

fn main() -> std::io::Result<()> {
    fs::create_dir("d")?;
    show("up", symlink("..", "up"));
    show("far up", symlink("../../../../etc", "far"));
    show("up from below", symlink("../..", "d/up"));
    show("absolute", symlink("/etc", "absolute"));
    show("up and down again", symlink("../d", "around"));
    show("within", symlink("..", "d/within"));
    for name in ["up", "far", "d/up", "around", "d/within"] {
        show(&format!("{name}: link"), fs::read_link(name));
        show(
            &format!("{name}: metadata"),
            fs::metadata(name).map(|metadata| metadata.is_dir()),
        );
        show(
            &format!("{name}: list"),
            fs::read_dir(name).map(|entries| entries.count()),
        );
        show(
            &format!("{name}: passwd"),
            fs::metadata(format!("{name}/passwd")).map(|_| ()),
        );
        show(
            &format!("{name}: create below"),
            fs::write(format!("{name}/made"), "x"),
        );
        show(
            &format!("{name}: create a directory below"),
            fs::create_dir(format!("{name}/made")),
        );
        show(
            &format!("{name}: rename below"),
            fs::rename("d/made", format!("{name}/moved")),
        );
        show(
            &format!("{name}: link below"),
            fs::hard_link("made", format!("{name}/linked")),
        );
        show(
            &format!("{name}: remove below"),
            fs::remove_file(format!("{name}/made")),
        );
    }
    Ok(())
}
