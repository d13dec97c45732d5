//! Timers, streams of files and standard streams in one poll.

use guests_p2::create;
use wasip2::cli::{stderr::get_stderr, stdout::get_stdout};
use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::io::poll::poll;

const HOUR: u64 = 3_600_000_000_000;

fn main() {
    let file = create("file", b"contents");
    let input = file.read_via_stream(0).expect("a stream");
    let output = file.write_via_stream(0).expect("a stream");
    let (stdout, stderr) = (get_stdout(), get_stderr());
    let streams = [
        input.subscribe(),
        output.subscribe(),
        stdout.subscribe(),
        stderr.subscribe(),
    ];
    for (name, pollable) in ["file input", "file output", "stdout", "stderr"]
        .iter()
        .zip(&streams)
    {
        println!("{name}: {:?}", poll(&[&subscribe_duration(HOUR), pollable]));
        println!("{name}: {}", pollable.ready());
    }
    let timer = subscribe_duration(HOUR);
    println!("a timer that is far away: {}", timer.ready());
    println!(
        "the same pollable twice: {:?}",
        poll(&[&streams[0], &timer, &streams[0]])
    );
    let soon = subscribe_duration(1_000_000);
    println!("two timers: {:?}", poll(&[&timer, &soon]));
    println!("ready stays ready: {} {}", soon.ready(), soon.ready());
}
