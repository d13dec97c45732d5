//! Calls the interfaces of WASI 0.3 that a command has, and prints what it finds. Its `main`, which the component exports for
//! WASI 0.2 beside `run` of 0.3, must not be called.
//!
//! The first argument chooses one thing: `environment`, `stdin`, `random`, `clocks`, `files`, `mixed` (files of 0.3 and of the
//! standard library's 0.2), `unawaited` (output that nobody waits for), `numbers` (that differ from run to run), `readings` of
//! the clocks, `waits` (two at once), `exit` (with the status 7), `trap`. Without an argument it does the first five.

#![allow(missing_docs, unsafe_code)] // The bindings.

wit_bindgen::generate!({
    path: "../../../wit/p3",
    world: "wasi-interpose:p3/command",
    generate_all,
});

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use wasi::cli::{environment, exit, stderr, stdin, stdout};
use wasi::clocks::{monotonic_clock, system_clock};
use wasi::filesystem::preopens;
use wasi::filesystem::types::{Descriptor, DescriptorFlags, OpenFlags, PathFlags};
use wasi::random::{insecure, insecure_seed, random};

struct Command;

export!(Command);

fn main() {
    panic!("the command was run as one of WASI 0.2");
}

impl exports::wasi::cli::run::Guest for Command {
    async fn run() -> Result<(), ()> {
        let arguments = environment::get_arguments();
        match arguments.get(1).map(String::as_str) {
            None => {
                environment_().await;
                stdin_().await;
                random_().await;
                clocks().await;
                files().await;
            }
            Some("environment") => environment_().await,
            Some("stdin") => stdin_().await,
            Some("random") => random_().await,
            Some("clocks") => clocks().await,
            Some("files") => files().await,
            Some("mixed") => mixed().await,
            Some("unawaited") => {
                let (mut writer, reader) = wit_stream::new();
                drop(stdout::write_via_stream(reader));
                writer.write_all(b"nobody waits for this\n".to_vec()).await;
            }
            Some("numbers") => numbers().await,
            Some("readings") => readings().await,
            Some("waits") => waits().await,
            Some("exit") => {
                print("before the end\n").await;
                exit::exit_with_code(7);
            }
            Some("trap") => panic!("asked for"),
            Some(other) => {
                tell(&format!("unknown: {other}\n")).await;
                return Err(());
            }
        }
        Ok(())
    }
}

async fn print(text: &str) {
    let (mut writer, reader) = wit_stream::new();
    let done = stdout::write_via_stream(reader);
    writer.write_all(text.as_bytes().to_vec()).await;
    drop(writer);
    done.await.expect("standard output");
}

async fn tell(text: &str) {
    let (mut writer, reader) = wit_stream::new();
    let done = stderr::write_via_stream(reader);
    writer.write_all(text.as_bytes().to_vec()).await;
    drop(writer);
    done.await.expect("standard error");
}

async fn environment_() {
    let mut variables = environment::get_environment();
    variables.sort();
    let arguments = environment::get_arguments();
    let cwd = environment::get_initial_cwd();
    print(&format!(
        "variables {variables:?}\narguments {:?}\ncwd {cwd:?}\n",
        &arguments[1..]
    ))
    .await;
}

async fn stdin_() {
    let (stream, done) = stdin::read_via_stream();
    let bytes = stream.collect().await;
    print(&format!(
        "stdin {:?} {:?}\n",
        String::from_utf8_lossy(&bytes),
        done.await
    ))
    .await;
}

async fn random_() {
    let bytes = random::get_random_bytes(64);
    let is_random = bytes.iter().any(|byte| *byte != bytes[0]);
    let others = [
        random::get_random_u64(),
        insecure::get_insecure_random_u64(),
    ];
    let seed = insecure_seed::get_insecure_seed();
    let differ = others[0] != others[1] && seed.0 != seed.1;
    print(&format!(
        "random {} bytes, {is_random} {differ}\n",
        bytes.len()
    ))
    .await;
}

async fn clocks() {
    let before = monotonic_clock::now();
    monotonic_clock::wait_for(2_000_000).await;
    let slept = monotonic_clock::now() - before;
    monotonic_clock::wait_until(before).await;
    let now = system_clock::now();
    print(&format!(
        "slept at least 2 ms: {}, after 2020: {}\n",
        slept >= 2_000_000,
        now.seconds > 1_577_836_800
    ))
    .await;
}

async fn numbers() {
    let bytes = random::get_random_bytes(4);
    let others = [
        random::get_random_u64(),
        insecure::get_insecure_random_u64(),
    ];
    let seed = insecure_seed::get_insecure_seed();
    let again = insecure_seed::get_insecure_seed() == seed;
    print(&format!("{bytes:?} {others:?} {seed:?} {again}\n")).await;
}

async fn readings() {
    let now = system_clock::now();
    let monotonic = [monotonic_clock::now(), monotonic_clock::now()];
    print(&format!(
        "{} {:09} {monotonic:?} {} {}\n",
        now.seconds,
        now.nanoseconds,
        system_clock::get_resolution(),
        monotonic_clock::get_resolution()
    ))
    .await;
}

/// Waits twice at once, and gives the longer wait up when the shorter one has ended.
async fn waits() {
    let mut long = pin!(monotonic_clock::wait_for(60_000_000_000));
    let mut short = pin!(monotonic_clock::wait_for(1_000_000));
    let first = poll_fn(|context| {
        if long.as_mut().poll(context).is_ready() {
            return Poll::Ready("long");
        }
        short.as_mut().poll(context).map(|()| "short")
    });
    let first = first.await;
    print(&format!("the {first} wait ended first\n")).await;
}

/// Shows what is in each preopen, and writes a file into the first.
async fn files() {
    let directories = preopens::get_directories();
    for (directory, name) in &directories {
        let (entries, done) = directory.read_directory();
        let mut names: Vec<String> = entries
            .collect()
            .await
            .into_iter()
            .map(|e| e.name)
            .collect();
        names.sort();
        print(&format!("preopen {name} {names:?} {:?}\n", done.await)).await;
        for name in names {
            let contents = read(directory, &name).await;
            print(&format!("  {name}: {contents:?}\n")).await;
        }
    }
    let Some((directory, _)) = directories.first() else {
        return;
    };
    let written = write(directory, "written.txt", "by 0.3\n").await;
    print(&format!("written {written:?}\n")).await;
    print(&format!(
        "read back {:?}\n",
        read(directory, "written.txt").await
    ))
    .await;
    let gone = directory.open_at(
        PathFlags::empty(),
        "absent".into(),
        OpenFlags::empty(),
        DescriptorFlags::READ,
    );
    print(&format!("absent {:?}\n", gone.await.map(|_| ()))).await;
}

async fn read(directory: &Descriptor, path: &str) -> Result<String, String> {
    let flags = DescriptorFlags::READ;
    let file = directory.open_at(PathFlags::empty(), path.into(), OpenFlags::empty(), flags);
    let file = file.await.map_err(|error| format!("{error:?}"))?;
    let (stream, done) = file.read_via_stream(0);
    let bytes = stream.collect().await;
    done.await.map_err(|error| format!("{error:?}"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

async fn write(directory: &Descriptor, path: &str, text: &str) -> Result<(), String> {
    let open = OpenFlags::CREATE | OpenFlags::TRUNCATE;
    let flags = DescriptorFlags::READ | DescriptorFlags::WRITE;
    let file = directory.open_at(PathFlags::empty(), path.into(), open, flags);
    let file = file.await.map_err(|error| format!("{error:?}"))?;
    let (mut writer, reader) = wit_stream::new();
    let done = file.write_via_stream(reader, 0);
    writer.write_all(text.as_bytes().to_vec()).await;
    drop(writer);
    done.await.map_err(|error| format!("{error:?}"))
}

/// What one revision writes, the other reads.
async fn mixed() {
    let directories = preopens::get_directories();
    let (directory, name) = directories.first().expect("a preopen");
    let path = |file: &str| format!("{}/{file}", name.trim_end_matches('/'));
    std::fs::write(path("old.txt"), "by 0.2").expect("a file of 0.2");
    let new = read(directory, "old.txt").await;
    write(directory, "new.txt", "by 0.3")
        .await
        .expect("a file of 0.3");
    let old = std::fs::read_to_string(path("new.txt")).map_err(|error| error.kind());
    print(&format!("0.3 reads {new:?}, 0.2 reads {old:?}\n")).await;
    println!("and this is printed by 0.2");
}
