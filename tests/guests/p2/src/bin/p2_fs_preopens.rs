//! The preopens, asked for again and again.

use guests_p2::{create, show};
use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::PathFlags;

fn main() {
    let preopens = get_directories();
    println!(
        "{:?}",
        preopens
            .iter()
            .map(|(_, path)| path.as_str())
            .collect::<Vec<_>>()
    );
    drop(create("file", b"contents"));
    for _ in 0..3 {
        let again = get_directories();
        println!(
            "same: {}",
            again.len() == preopens.len() && again[0].0.is_same_object(&preopens[0].0)
        );
        show(
            "file",
            again[0]
                .0
                .stat_at(PathFlags::empty(), "file")
                .map(|stat| stat.size),
        );
    }
    drop(preopens);
    show(
        "after all were dropped",
        get_directories()[0]
            .0
            .stat_at(PathFlags::empty(), "file")
            .map(|stat| stat.size),
    );
}
