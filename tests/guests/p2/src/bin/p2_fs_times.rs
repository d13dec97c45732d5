//! Timestamps set through descriptors and paths, by value, to now, or not at all.

use guests_p2::{create, root, show};
use wasip2::clocks::wall_clock::Datetime;
use wasip2::filesystem::types::{Descriptor, NewTimestamp, PathFlags};

fn main() {
    let (file, root) = (create("file", b"x"), root());
    let at = |seconds, nanoseconds| {
        NewTimestamp::Timestamp(Datetime {
            seconds,
            nanoseconds,
        })
    };
    show("both", file.set_times(at(1_000, 1), at(2_000, 999_999_999)));
    times(&file);
    show(
        "only modified",
        file.set_times(NewTimestamp::NoChange, at(3_000, 0)),
    );
    times(&file);
    show(
        "only accessed",
        file.set_times(at(4_000, 0), NewTimestamp::NoChange),
    );
    times(&file);
    show(
        "neither",
        file.set_times(NewTimestamp::NoChange, NewTimestamp::NoChange),
    );
    times(&file);
    show(
        "by path",
        root.set_times_at(PathFlags::empty(), "file", at(5_000, 5), at(6_000, 6)),
    );
    times(&file);
    show("now", file.set_times(at(7, 7), NewTimestamp::Now));
    let modified = file
        .stat()
        .ok()
        .and_then(|stat| stat.data_modification_timestamp);
    println!(
        "recent: {:?}",
        modified.map(|time| time.seconds > 1_000_000)
    );
    show(
        "too many nanoseconds",
        file.set_times(at(1, 1_000_000_000), NewTimestamp::NoChange),
    );
    show("symlink", root.symlink_at("file", "link"));
    show(
        "of a link itself",
        root.set_times_at(PathFlags::empty(), "link", at(8, 8), at(9, 9)),
    );
    show(
        "of what it leads to",
        root.set_times_at(PathFlags::SYMLINK_FOLLOW, "link", at(10, 10), at(11, 11)),
    );
    times(&file);
    let link = root.stat_at(PathFlags::empty(), "link").expect("a link");
    println!(
        "link: {:?}",
        link.data_modification_timestamp
            .map(|time| (time.seconds, time.nanoseconds))
    );
    show(
        "of what is missing",
        root.set_times_at(PathFlags::empty(), "missing", at(1, 1), at(1, 1)),
    );
}

fn times(file: &Descriptor) {
    let stat = file.stat().expect("a file");
    let plain = |time: Option<Datetime>| time.map(|time| (time.seconds, time.nanoseconds));
    println!(
        "{:?} {:?}",
        plain(stat.data_access_timestamp),
        plain(stat.data_modification_timestamp)
    );
}
