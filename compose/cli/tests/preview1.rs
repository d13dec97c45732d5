//! Core modules for WASI preview 1, as they run through `interpose` and as they run on a core runtime.
//!
//! The program `tests/guests/preview1` has a case per function and kind of argument, which prints each call with its errno
//! and results. `tests/cases/preview1/core` holds what Wasmtime's own preview 1 gave for each, without a component in
//! between: `record.py` beside it writes these files. Here each case runs under settings for the same directory: `inherit`
//! (the host's directory), the filter for directories of the host, files in memory, an overlay, and the deterministic
//! policy; with the adapter for any host (`portable`) and with the one for this host (`own`). Output, exit code and files
//! have to be those of the core runtime, but for exit codes that the form cannot tell the host: these are 1, and written to
//! standard error.
//!
//! - `random` runs sequences of a thousand calls that a number chooses.
//! - `hostile` runs calls with pointers, lengths and vectors that lead out of the memory or lie on one another: nothing but
//!   what a call was given may change, and the next calls work. A core runtime ends such a program, so nothing is compared.
//! - `standard` runs the cases `issue`, in which the standard adapter is known to be wrong.
//! - `text` runs the modules of `tests/guests/preview1/text`, which Rust cannot express.
//!
//! `tests/cases/preview1/CASE.txt` are the lines in which a case is meant to differ: sections of settings in brackets, below
//! lines with `#` that say why. With the variable `BLESS` set they are written instead of compared. `PREVIEW1_SEEDS=100..900`
//! sets which sequences `random` and `hostile` run; those that were not recorded are compared with one another.

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, LazyLock, Mutex, OnceLock};
use std::{env, fs};

use interpose_host::{Buffer, Directory, Grant, Host, Input, Outcome, Output, Program, Save};
use libtest_mimic::{Arguments, Failed, Trial};
use sha2::{Digest, Sha256};
use support::guests::{built, repository};
use support::linking::linked;
use support::transcript::{Transcript, differences, tree};
use wasi_interpose::application::Application;
use wasi_interpose::cache::CompilationCache;
use wasi_interpose::compose::{Composer, Form};
use wasi_interpose::policy::Policy;
use wasi_interpose::preview1::{Preview1, Target};

/// The program of the cases.
const PROGRAM: &str = "guests-preview1";

/// Arguments behind the case, variables and input of each run. `record.py` has the same.
const ARGUMENTS: [&str; 4] = ["one", "two words", "", "--flag=ü"];
const VARIABLES: [(&str, &str); 3] = [("PATH", "/bin"), ("EMPTY", ""), ("Lang", "ü = x")];
const STDIN: &[u8] = b"first line\nsecond line\nthird\n";

/// How many sequences of calls `random` and `hostile` run, and of how many calls each.
const SEEDS: u64 = 20;
const CALLS: usize = 1000;

/// The settings, and what stands in the policy for each. `FROM` is the directory.
const SETTINGS: [(&str, &str); 7] = [
    ("inherit", ""),
    (
        "host",
        "[[filesystem.mounts]]\npath = \"/\"\nsource = \"host\"\n",
    ),
    (
        "walk",
        "[[filesystem.mounts]]\npath = \"/\"\nsource = \"host\"\nhide = [\"**/.hidden\"]\n",
    ),
    (
        "subtree",
        "[[filesystem.mounts]]\npath = \"/\"\nsource = \"host\"\nsubtree = \"shown\"\n",
    ),
    (
        "memory",
        "[[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"\nfrom = \"FROM\"\n",
    ),
    (
        "overlay",
        "[[filesystem.mounts]]\npath = \"/\"\nsource = \"overlay\"\nhost = \"/\"\n",
    ),
    (
        "deterministic",
        "[environment]\ninherit = [\"*\"]\n[[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"\nfrom = \"FROM\"\n",
    ),
];

/// The settings in which random sequences run as well, and in which the portable form is tested.
const MAIN: [&str; 4] = ["inherit", "walk", "memory", "overlay"];

/// The forms of the adapter.
const FORMS: [(&str, Preview1); 2] = [
    ("portable", Preview1::Own(PORTABLE)),
    ("own", Preview1::Own(Target::OWN_HOST)),
];
const PORTABLE: Target = Target {
    multi_memory: false,
    exit_with_code: false,
};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    let cases = match cases() {
        Ok(cases) => cases,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::FAILURE;
        }
    };
    let places = || {
        SETTINGS
            .into_iter()
            .flat_map(|(setting, _)| FORMS.map(|(form, _)| (setting, form)))
    };
    let places: Vec<Place> = places()
        .filter(|(setting, form)| *form == "own" || MAIN.contains(setting))
        .collect();
    let bless = env::var_os("BLESS").is_some();
    for case in cases {
        let mut places = places.clone();
        if case.starts_with("text::") {
            places.retain(|(setting, _)| ["inherit", "memory"].contains(setting));
        }
        if bless {
            let name = case.clone();
            trials.push(Trial::test(case, move || accept(&name, &places)));
            continue;
        }
        for place in &places {
            let (name, place) = (case.clone(), *place);
            let title = format!("{case}.{}.{}", place.0, place.1);
            trials.push(Trial::test(title, move || compare(&name, place)));
        }
    }
    let seeds = seeds();
    for seed in seeds.clone() {
        for place in places
            .iter()
            .filter(|(setting, _)| ["inherit", "memory", "overlay"].contains(setting))
        {
            let place = *place;
            let title = format!("random::{seed}.{}.{}", place.0, place.1);
            trials.push(Trial::test(title, move || compare_random(seed, place)));
            let title = format!("hostile::{seed}.{}.{}", place.0, place.1);
            trials.push(Trial::test(title, move || attack(seed, place)));
        }
    }
    for case in [
        "mixed_reads_and_writes",
        "path_not_utf8",
        "large_pwrite_on_append",
        "seek_on_closed",
        "write_of_nothing_on_read_only",
        "read_of_nothing_on_write_only",
        "write_of_no_vectors_on_invalid",
        "exit_code",
    ] {
        trials.push(Trial::test(format!("standard::{case}"), move || {
            standard_differs(case)
        }));
    }
    trials.push(Trial::test(
        "every_case_is_recorded",
        every_case_is_recorded,
    ));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// A setting and a form of the adapter.
type Place = (&'static str, &'static str);

fn seeds() -> std::ops::Range<u64> {
    let given = env::var("PREVIEW1_SEEDS").ok();
    let bounds = given.as_deref().and_then(|text| text.split_once(".."));
    bounds.map_or(0..SEEDS, |(from, to)| {
        from.parse().expect("a number")..to.parse().expect("a number")
    })
}

/// The names of the cases, which are those of the recorded files.
fn cases() -> Result<Vec<String>, String> {
    let directory = recorded("")
        .parent()
        .map(Path::to_owned)
        .unwrap_or_default();
    let entries =
        fs::read_dir(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names
        .filter_map(|name| {
            name.strip_suffix(".txt")
                .map(|name| name.replace('.', "::"))
        })
        .filter(|name| name.contains("::"))
        .collect();
    names.sort();
    Ok(names)
}

/// The cases of the program and the recorded files are the same, and each file of differences belongs to a case.
fn every_case_is_recorded() -> Result<(), Failed> {
    let listed = run(&module(), ("inherit", "own"), &["list"], b"")?;
    let mut listed: Vec<String> = String::from_utf8(listed.stdout)?
        .lines()
        .map(str::to_owned)
        .collect();
    listed.sort();
    let mut recorded = cases()?;
    let written =
        fs::read_dir(folder())?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let stray = written
        .filter_map(|name| Some(name.strip_suffix(".txt")?.replace('.', "::")))
        .find(|case| case != "random" && !recorded.contains(case));
    recorded.retain(|case| !case.starts_with("text::"));
    match stray {
        _ if listed != recorded => {
            Err(differences(&(recorded.join("\n") + "\n"), &(listed.join("\n") + "\n")).into())
        }
        Some(case) => Err(format!("there is no case {case}").into()),
        None => Ok(()),
    }
}

fn folder() -> PathBuf {
    repository().join("tests/cases/preview1")
}

/// What the core runtime gave.
fn recorded(case: &str) -> PathBuf {
    folder()
        .join("core")
        .join(format!("{}.txt", case.replace("::", ".")))
}

fn expected(case: &str, place: Place) -> Result<String, Failed> {
    let file = recorded(case);
    let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let (status, rest) = text.split_once('\n').ok_or("an empty file")?;
    match (status.strip_prefix("exit "), place.1) {
        // A host that knows only success and failure gives 1 for each failure. Standard error is the last part, and a
        // program that cannot write there has no last line either.
        (Some(code), "portable") if !["0", "1"].contains(&code) => {
            let note =
                format!("{NOTE}exit code {code} (the host learns only that the program failed)\n");
            let note = if SILENT.contains(&case) { "" } else { &note };
            Ok(format!("exit 1\n{rest}{note}"))
        }
        _ => Ok(text),
    }
}

/// How the line begins that says an exit code which the host cannot be told.
const NOTE: &str = "interpose: ";

/// The cases that cannot write to standard error.
const SILENT: [&str; 1] = ["text::exit_alone"];

/// Runs a case and compares it with the core runtime.
fn compare(case: &str, place: Place) -> Result<(), Failed> {
    let found = differences(&expected(case, place)?, &run_case(case, place)?);
    let written = Written::read(case)?;
    let meant = written.meant(place);
    if found == meant {
        return Ok(());
    }
    let changed = differences(&meant, &found);
    Err(format!(
        "core runtime (-) and adapter (+) differ otherwise than is written down:\n{changed}"
    )
    .into())
}

/// Writes the differences of a case.
fn accept(case: &str, places: &[Place]) -> Result<(), Failed> {
    let mut found: BTreeMap<String, Vec<Place>> = BTreeMap::new();
    for place in places {
        let text = differences(&expected(case, *place)?, &run_case(case, *place)?);
        found.entry(text).or_default().push(*place);
    }
    found.remove("");
    let file = Written::file(case);
    if found.is_empty() {
        return match fs::remove_file(&file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        };
    }
    let before = Written::read(case).unwrap_or_default();
    let mut text = String::new();
    for (lines, here) in found {
        let known = before.0.iter().find(|section| section.lines == lines);
        let reason = known.map_or("# why: ?\n", |section| &section.reason);
        let _ = write!(text, "{reason}[{}]\n{lines}", headline(&here, places));
    }
    Ok(fs::write(file, text)?)
}

/// The settings of a section: `all`, a setting with both forms, or a setting with its form.
fn headline(here: &[Place], all: &[Place]) -> String {
    if here == all {
        return "all".into();
    }
    let mut names = Vec::new();
    for place in here {
        let same = |places: &[Place]| places.iter().filter(|other| other.0 == place.0).count();
        let name = match same(here) == same(all) {
            true => place.0.to_owned(),
            false => format!("{}.{}", place.0, place.1),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(" ")
}

/// The differences that are meant.
#[derive(Default)]
struct Written(Vec<Section>);

#[derive(Default)]
struct Section {
    reason: String,
    places: Vec<String>,
    lines: String,
}

impl Written {
    fn file(case: &str) -> PathBuf {
        folder().join(format!("{}.txt", case.replace("::", ".")))
    }

    fn read(case: &str) -> Result<Self, Failed> {
        let text = fs::read_to_string(Self::file(case)).unwrap_or_default();
        let mut sections: Vec<Section> = Vec::new();
        for line in text.split_inclusive('\n') {
            let is_new = sections
                .last()
                .is_none_or(|section| !section.lines.is_empty());
            if line.starts_with('#') {
                if is_new {
                    sections.push(Section::default());
                }
                sections.last_mut().expect("a section").reason += line;
            } else if let Some(places) = line
                .trim_end()
                .strip_prefix('[')
                .and_then(|line| line.strip_suffix(']'))
            {
                if is_new {
                    return Err(format!(
                        "{} does not say why [{places}] differ",
                        Self::file(case).display()
                    )
                    .into());
                }
                sections.last_mut().expect("a section").places =
                    places.split(' ').map(str::to_owned).collect();
            } else {
                sections.last_mut().ok_or("lines before a section")?.lines += line;
            }
        }
        match sections
            .iter()
            .find(|section| section.reason.contains("why: ?"))
        {
            Some(_) if env::var_os("BLESS").is_none() => Err(format!(
                "{} does not say why there are differences",
                Self::file(case).display()
            )
            .into()),
            _ => Ok(Self(sections)),
        }
    }

    fn meant(&self, (setting, form): Place) -> String {
        let names = [
            "all".to_owned(),
            setting.to_owned(),
            format!("{setting}.{form}"),
        ];
        let mut sections = self.0.iter();
        let section =
            sections.find(|section| section.places.iter().any(|place| names.contains(place)));
        section.map_or(String::new(), |section| section.lines.clone())
    }
}

fn run_case(case: &str, place: Place) -> Result<String, Failed> {
    let arguments: Vec<&str> = [case].into_iter().chain(ARGUMENTS).collect();
    match case.strip_prefix("text::") {
        Some(text) => Ok(shown(&run(&text_module(text)?, place, &[], STDIN)?)),
        None => Ok(shown(&run(&module(), place, &arguments, STDIN)?)),
    }
}

/// A module of `tests/guests/preview1/text`.
fn text_module(text: &str) -> Result<Arc<Vec<u8>>, Failed> {
    let file = repository().join(format!("tests/guests/preview1/text/{text}.wat"));
    Ok(Arc::new(wat::parse_file(&file)?))
}

/// A transcript as the recorded files have it.
fn shown(transcript: &Transcript) -> String {
    let text = transcript.lines();
    let text = text.strip_prefix("-- status\n").unwrap_or(&text);
    // Traps have other words on each runtime.
    let (status, rest) = text.split_once('\n').unwrap_or((text, ""));
    let status = if status.starts_with("trap") {
        "trap"
    } else {
        status
    };
    let lines = rest.lines().map(cut);
    [status.to_owned()]
        .into_iter()
        .chain(lines)
        .map(|line| line + "\n")
        .collect()
}

/// A line, or what stands for one that is long.
fn cut(line: &str) -> String {
    let length = line.chars().count();
    if length <= 1000 {
        return line.to_owned();
    }
    let digest = Sha256::digest(line);
    let digest: String = digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("[{length} bytes {digest}]")
}

/// Runs a sequence of random calls and compares it with the core runtime.
fn compare_random(seed: u64, place: Place) -> Result<(), Failed> {
    let input = [input_of(seed, 16), STDIN.to_vec()].concat();
    let found = run(&module(), place, &["random"], &input)?;
    let digests = digests(&found);
    let file = folder().join("random.txt");
    let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut lines = text.lines();
    let expected = match lines.find_map(|line| line.strip_prefix(&format!("{seed}: "))) {
        Some(line) => line.to_owned(),
        None => {
            let host = run(&module(), ("inherit", "own"), &["random"], &input)?;
            self::digests(&host)
        }
    };
    if digests == expected {
        return Ok(());
    }
    let same = digests
        .split(' ')
        .zip(expected.split(' '))
        .take_while(|(one, two)| one == two)
        .count();
    let text = String::from_utf8_lossy(&found.stdout).into_owned();
    let host = run(&module(), ("inherit", "own"), &["random"], &input)?;
    let changed = differences(&String::from_utf8_lossy(&host.stdout), &text);
    Err(format!(
        "{}: {same} of {} parts are as on the core runtime; compared with `inherit`:\n{changed}",
        found.status,
        expected.split(' ').count()
    )
    .into())
}

/// How many lines of a transcript a digest stands for.
const PART: usize = 100;

/// A digest for each part of the transcript, and one for the files.
fn digests(found: &Transcript) -> String {
    let short = |text: &[u8]| -> String {
        let digest = Sha256::digest(text);
        digest[..6]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    };
    let lines: Vec<&[u8]> = found
        .stdout
        .split_inclusive(|byte| *byte == b'\n')
        .collect();
    let parts = lines.chunks(PART).map(|part| short(&part.concat()));
    let files = found.tree.as_deref().unwrap_or_default().join("\n");
    let all: Vec<String> = parts.chain([short(files.as_bytes())]).collect();
    all.join(" ")
}

/// The calls that a number chooses, with their number in front: SplitMix64.
fn input_of(seed: u64, call: usize) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let mut input = (CALLS as u32).to_le_bytes().to_vec();
    (0..CALLS * call / 8).for_each(|_| input.extend(next().to_le_bytes()));
    input
}

fn attack(seed: u64, place: Place) -> Result<(), Failed> {
    let input = [input_of(seed, 32), STDIN.to_vec()].concat();
    let found = run(&module(), place, &["hostile"], &input)?;
    let expected = format!("{CALLS} calls, and some succeeded\n");
    if found.status == "exit 0" && found.stdout == expected.as_bytes() && found.stderr.is_empty() {
        return Ok(());
    }
    Err(found.lines().into())
}

/// The standard adapter does something else than the core runtime.
fn standard_differs(case: &str) -> Result<(), Failed> {
    let case = format!("issue::{case}");
    let place = ("inherit", "standard");
    match differences(&expected(&case, place)?, &run_case(&case, place)?).is_empty() {
        true => Err("it runs as on the core runtime".into()),
        false => Ok(()),
    }
}

/// The program of the cases.
fn module() -> Arc<Vec<u8>> {
    static MODULE: OnceLock<Arc<Vec<u8>>> = OnceLock::new();
    Arc::clone(MODULE.get_or_init(|| Arc::new(built(PROGRAM))))
}

struct Runner {
    host: Host,
    composer: Composer,
    /// The directory at the start, for the settings that do not change it.
    start: tempfile::TempDir,
    /// What was composed and compiled.
    programs: Mutex<BTreeMap<(Place, [u8; 32]), Slot>>,
}

static RUNNER: LazyLock<Runner> = LazyLock::new(|| {
    let cache =
        CompilationCache::in_directory(Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled"));
    let start = tempfile::tempdir().expect("a temporary directory");
    fill(start.path()).expect("the files at the start");
    Runner {
        host: Host::new(&cache).expect("a host"),
        composer: linked(Composer::new(&cache).expect("a composer")),
        start,
        programs: Mutex::default(),
    }
});

/// The files that each run starts with. `record.py` has the same.
fn fill(directory: &Path) -> std::io::Result<()> {
    let big: Vec<u8> = (0..100_000u32)
        .map(|index| (index * 7 + index / 256) as u8)
        .collect();
    fs::write(directory.join("data.txt"), "abcdefghij")?;
    fs::write(directory.join("empty"), "")?;
    fs::write(directory.join("big.bin"), big)?;
    fs::create_dir_all(directory.join("dir/sub"))?;
    fs::write(directory.join("dir/inner.txt"), "inner\n")?;
    for (name, target) in [
        ("link", "data.txt"),
        ("dirlink", "dir"),
        ("dangling", "missing"),
        ("loop", "loop"),
        ("out", "../outside"),
        ("absolute", "/data.txt"),
    ] {
        std::os::unix::fs::symlink(target, directory.join(name))?;
    }
    Ok(())
}

/// A place for a program that one test fills and others wait for.
type Slot = Arc<OnceLock<Arc<Composed>>>;

/// A program under a setting, compiled.
struct Composed {
    program: Program,
    /// Whether it has files of its own, which can be saved.
    has_files: bool,
}

impl Runner {
    /// A program under a setting, compiled. It is composed the first time.
    fn program(&self, module: &Arc<Vec<u8>>, place: Place) -> Arc<Composed> {
        let key = (place, Sha256::digest(module.as_slice()).into());
        let slot = {
            let mut programs = self
                .programs
                .lock()
                .expect("no test panics while it holds the lock");
            Arc::clone(programs.entry(key).or_default())
        };
        Arc::clone(slot.get_or_init(|| Arc::new(self.compose(module, place))))
    }

    fn compose(&self, module: &[u8], (setting, form): Place) -> Composed {
        let forms = FORMS.into_iter().chain([("standard", Preview1::Standard)]);
        let (_, preview1) = forms
            .into_iter()
            .find(|(name, _)| *name == form)
            .expect("a form");
        let application =
            Application::parse_as(module, preview1).expect("the program is an application");
        let (_, tables) = SETTINGS
            .iter()
            .find(|(name, _)| *name == setting)
            .expect("a setting");
        let base = match setting {
            "deterministic" => "extends = \"deterministic\"",
            _ => "default = \"inherit\"",
        };
        let from = self.start.path().to_str().expect("a path in Unicode");
        let text = format!("version = 1\n{base}\n{}", tables.replace("FROM", from));
        let policy = Policy::parse("POLICY", &text, None).expect("a policy");
        // The files are saved, if a kernel has them.
        let form = Form {
            testing: false,
            open: false,
            reports: false,
            exposed: true,
            probe: None,
        };
        let composed = self
            .composer
            .compose_as(&application, &policy, form)
            .expect("the program composes");
        let program = self.host.compile(&composed.component);
        let kernel = composed.plan.kernel();
        Composed {
            program: program.expect("the component compiles"),
            has_files: kernel
                .is_some_and(|(_, kernel)| kernel.mounts.iter().any(|mount| mount.path == "/")),
        }
    }
}

/// Runs a program in a directory with the files at the start.
fn run(
    module: &Arc<Vec<u8>>,
    place: Place,
    arguments: &[&str],
    input: &[u8],
) -> Result<Transcript, Failed> {
    let composed = RUNNER.program(module, place);
    let directory = tempfile::tempdir()?;
    let (stdout, stderr) = (Buffer::default(), Buffer::default());
    let mut grant = Grant {
        stdin: Input::Bytes(input.to_vec()),
        stdout: Output::Buffer(stdout.clone()),
        stderr: Output::Buffer(stderr.clone()),
        arguments: ["program"]
            .iter()
            .chain(arguments)
            .map(|text| text.to_string())
            .collect(),
        variables: VARIABLES
            .map(|(name, value)| (name.into(), value.into()))
            .to_vec(),
        ..Grant::default()
    };
    let to = directory.path().join("saved");
    let mut files = to.clone();
    let mut saves = Vec::new();
    match place.0 {
        "memory" | "overlay" | "deterministic" => {
            if composed.has_files {
                saves.push(Save {
                    from: "/".into(),
                    to,
                });
            } else {
                // A program that imports no filesystem leaves the files as they are.
                files = RUNNER.start.path().to_owned();
            }
            grant.directories.push(root(RUNNER.start.path(), true));
        }
        _ => {
            files = directory.path().join("shown");
            fs::create_dir(&files)?;
            fill(&files)?;
            let granted = match place.0 {
                "subtree" => directory.path(),
                _ => &files,
            };
            grant.directories.push(root(granted, false));
        }
    }
    let finished = RUNNER.host.run(&composed.program, &grant, &saves)?;
    let status = match finished.outcome {
        Outcome::Exited(status) => format!("exit {status}"),
        Outcome::Trapped(trap) => format!("trap: {}", trap.message),
        Outcome::Exceeded(exceeded) => format!("ended: {exceeded}"),
    };
    // A program that fails is not saved.
    let tree = (status == "exit 0").then(|| tree(&files)).transpose()?;
    Ok(Transcript {
        status,
        stdout: stdout.contents(),
        stderr: stderr.contents(),
        tree: tree.map(|lines| lines.into_iter().filter(|line| is_saved(line)).collect()),
    })
}

/// Whether `--save` writes a line of the files: links that lead out are left out.
fn is_saved(line: &str) -> bool {
    match line.split_once(" -> ") {
        Some((_, target)) => !target.starts_with('/') && !target.contains(".."),
        None => true,
    }
}

fn root(path: &Path, read_only: bool) -> Directory {
    Directory {
        path: path.to_owned(),
        name: "/".into(),
        read_only,
    }
}
