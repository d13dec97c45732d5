//! Does a little of everything that a run cannot repeat by itself: reads the clocks, random numbers, variables and input,
//! uses files, and makes the HTTP requests that its arguments name, each an authority and a path. A `fail` among the
//! arguments ends it with a failure.

use std::collections::HashMap;
use std::io::Read;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{env, fs, process, thread};

use guests_p2::{read_to_end, text};
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{Fields, OutgoingBody, OutgoingRequest, Scheme};

fn main() {
    let started = Instant::now();
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    println!("now: {:?}", now.expect("a time after 1970"));
    println!("random: {}", wasip2::random::random::get_random_u64());
    // The order of a map's keys depends on random numbers.
    let map: HashMap<u32, u32> = (0..20).map(|key| (key, key)).collect();
    println!("map: {:?}", map.keys().collect::<Vec<_>>());
    println!("variables: {}", env::vars().count());
    let mut input = String::new();
    match std::io::stdin().read_to_string(&mut input) {
        Ok(length) => println!("input: {length} bytes"),
        Err(error) => println!("input: {error}"),
    }
    thread::sleep(Duration::from_millis(2));
    println!("slept: {:?}", started.elapsed());
    match files() {
        Ok(contents) => println!("files: {contents}"),
        Err(error) => println!("files: {error}"),
    }
    let mut fails = false;
    for argument in env::args().skip(1) {
        match argument.split_once(' ') {
            Some((authority, path)) => println!("{argument}: {}", request(authority, path)),
            None => fails |= argument == "fail",
        }
    }
    eprintln!("done after {:?}", started.elapsed());
    if fails {
        process::exit(1);
    }
}

fn files() -> std::io::Result<String> {
    fs::create_dir_all("/replayed")?;
    fs::write("/replayed/file", "contents")?;
    fs::rename("/replayed/file", "/replayed/renamed")?;
    let contents = fs::read_to_string("/replayed/renamed")?;
    let modified = fs::metadata("/replayed/renamed")?.modified()?;
    fs::remove_dir_all("/replayed")?;
    Ok(format!("{contents}, {modified:?}"))
}

fn request(authority: &str, path: &str) -> String {
    let request = OutgoingRequest::new(Fields::new());
    if request.set_scheme(Some(&Scheme::Http)).is_err()
        || request.set_authority(Some(authority)).is_err()
        || request.set_path_with_query(Some(path)).is_err()
    {
        return "no request".into();
    }
    let body = request.body().expect("a body");
    let response = match handle(request, None) {
        Ok(response) => response,
        Err(error) => return format!("{error:?}"),
    };
    OutgoingBody::finish(body, None).expect("an empty body");
    response.subscribe().block();
    match response
        .get()
        .expect("it is ready")
        .expect("it was not taken")
    {
        Ok(response) => {
            let body = response.consume().expect("a body");
            let stream = body.stream().expect("a stream");
            let contents = read_to_end(&stream).map(|contents| text(&contents));
            format!("{} {contents:?}", response.status())
        }
        Err(error) => format!("{error:?}"),
    }
}
