//! Sources of differences between two runs with equal input: how the input arrives, what a terminal is, what the
//! processor decides, and what a cache holds.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use interpose_host::{Grant, Host, Outcome};
use wasi_interpose::application::Application;
use wasi_interpose::cache::CompilationCache;
use wasi_interpose::plan::{Plan, Provider};
use wasi_interpose::surface::Surface;

use crate::support::tools::{GuestFile, Printed, component, finish, interpose, policy, run, text};

/// Reads standard input with `read`, which does not wait, and spins until bytes arrive. The status is the number of
/// bytes in the first read plus the elapsed time in readings of the clock, or 99 at the end of the input.
const SPINS: &str = r#"(module
  (import "wasi:cli/stdin@0.2.12" "get-stdin" (func $stdin (result i32)))
  (import "wasi:io/streams@0.2.12" "[method]input-stream.read" (func $read (param i32 i64 i32)))
  (import "wasi:clocks/monotonic-clock@0.2.12" "now" (func $now (result i64)))
  (import "wasi:cli/exit@0.2.12" "exit-with-code" (func $exit (param i32)))
  (memory (export "memory") 2)
  (global $next (mut i32) (i32.const 1024))
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
    (global.get $next)
    (global.set $next (i32.add (global.get $next) (local.get 3))))
  (func (export "wasi:cli/run@0.2.12#run") (result i32) (local $in i32)
    (local.set $in (call $stdin))
    (loop $again
      (drop (call $now))
      (call $read (local.get $in) (i64.const 100) (i32.const 8))
      (if (i32.load8_u (i32.const 8)) (then (call $exit (i32.const 99))))
      (br_if $again (i32.eqz (i32.load (i32.const 16)))))
    (call $exit (i32.add (i32.load (i32.const 16))
      ;; The readings of the clock, a microsecond each.
      (i32.mul (i32.const 10) (i32.wrap_i64 (i64.div_u (call $now) (i64.const 1000))))))
    (i32.const 0)))"#;

const WORLD: &str = "package test:app; world app { import wasi:cli/stdin@0.2.12; import wasi:cli/exit@0.2.12;
  import wasi:io/streams@0.2.12; import wasi:clocks/monotonic-clock@0.2.12; export wasi:cli/run@0.2.12; }";

/// Writes the spinning component to a file.
fn spins(work: &Path) -> PathBuf {
    let file = work.join("app.wasm");
    std::fs::write(&file, component(WORLD, SPINS)).expect("a file");
    file
}

#[test]
fn how_input_comes_does_not_show() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let app = spins(work.path());
    let run_with = |policy: &str, pieces: &[&[u8]]| {
        let mut child = interpose()
            .args(["run", "--policy", policy, &text(&app)])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the command starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        for (index, piece) in pieces.iter().enumerate() {
            if index > 0 {
                // Waits long enough for a program that only waits for the first piece to continue.
                let _ = child_is_busy(child.id());
            }
            // A program that has ended does not read the rest.
            let _ = stdin.write_all(piece);
        }
        drop(stdin);
        child.wait().expect("a status").code()
    };
    let policy = "deterministic";
    // Ten bytes arrive after one reading of the clock and before the second.
    let expected = run_with(policy, &[b"0123456789"]);
    assert!(matches!(expected, Some(20 | 30)), "{expected:?}");
    assert_eq!(
        run_with(policy, &[b"01234", b"56789"]),
        expected,
        "{policy}"
    );
    assert_eq!(
        run_with(policy, &[b"", b"0", b"123456789"]),
        expected,
        "{policy}"
    );
    assert_eq!(run_with(policy, &[]), Some(99), "{policy}");
}

/// The time for which a busy process is watched.
const LIMIT: Duration = Duration::from_secs(5);

/// Waits until a process no longer uses the processor, or until it has used it for a while.
fn child_is_busy(id: u32) -> Option<()> {
    let time = || {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
        fields.nth(11)?.parse::<u64>().ok()
    };
    let (mut last, mut changed) = (time()?, Instant::now());
    let started = Instant::now();
    // A spinning process would be watched without end.
    while changed.elapsed() < Duration::from_millis(300) && started.elapsed() < LIMIT {
        let now = time()?;
        if now != last {
            (last, changed) = (now, Instant::now());
        }
        std::thread::yield_now();
    }
    Some(())
}

/// A component that exits with this status.
fn exits(status: u8) -> Vec<u8> {
    component(
        "package test:app; world app { import wasi:cli/exit@0.2.12; export wasi:cli/run@0.2.12; }",
        &format!(
            r#"(module
              (import "wasi:cli/exit@0.2.12" "exit-with-code" (func $exit (param i32)))
              (memory (export "memory") 1)
              (func (export "wasi:cli/run@0.2.12#run") (result i32)
                (call $exit (i32.const {status})) (i32.const 0)))"#
        ),
    )
}

/// The files with compiled code below a directory.
fn entries(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(entries(&path));
        } else if path.extension().is_none() {
            found.push(path);
        }
    }
    found
}

#[test]
fn code_of_another_component_is_not_run() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let status = |component: &[u8]| {
        let cache = CompilationCache::in_directory(work.path().to_owned());
        let host = Host::new(&cache).expect("a host");
        let program = host.compile(component).expect("a program");
        let finished = host.run(
            &program,
            &Grant {
                trapping: Default::default(),
                ..Grant::default()
            },
            &[],
        );
        match finished.expect("a run").outcome {
            Outcome::Exited(status) => status,
            Outcome::Trapped(trap) => panic!("{trap:?}"),
            Outcome::Exceeded(exceeded) => panic!("{exceeded}"),
        }
    };
    let (one, two) = (exits(1), exits(2));
    assert_eq!(status(&one), 1);
    let of_one = entries(work.path());
    assert_eq!(status(&two), 2);
    let of_two: Vec<PathBuf> = entries(work.path())
        .into_iter()
        .filter(|path| !of_one.contains(path))
        .collect();
    let ([of_one], [of_two]) = (of_one.as_slice(), of_two.as_slice()) else {
        panic!("{of_one:?} {of_two:?}");
    };
    std::fs::copy(of_one, of_two).expect("a copy");
    for _ in 0..2 {
        assert_eq!(status(&two), 2);
        assert_eq!(status(&one), 1);
    }
}

/// The cache adds an export to every component, whatever instances it uses.
#[test]
fn everything_can_be_cached() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let cache = CompilationCache::in_directory(work.path().to_owned());
    let host = Host::new(&cache).expect("a host");
    for component in [
        "(component)",
        r#"(component (import "a:b/c" (instance $a (export "x" (instance)))) (alias export $a "x" (instance $x))
            (instance $y) (export "d:e/f" (instance $y)) (export "g:h/i" (instance $x)))"#,
        r#"(component (component $c (instance $i) (export "j" (instance $i)))
            (instance $k (instantiate $c)) (alias export $k "j" (instance)))"#,
    ] {
        let component = wat::parse_str(component).expect("a component");
        host.compile(&component).expect("a program");
    }
    let error = host.compile(b"\0asm").err().map(|error| error.to_string());
    assert!(error.is_some_and(|error| !error.contains("directory")));
}

#[test]
fn what_the_processor_decides_is_said() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let file = work.path().join("app.wat");
    let app = r#"(component (core module
        (func (param v128) (result v128) (f32x4.relaxed_min (local.get 0) (local.get 0)))))"#;
    std::fs::write(&file, app).expect("a file");
    let file = text(&file);
    let said = |policy: &str| run(&["inspect", &file, "--policy", policy]).stderr;
    assert!(said("deterministic").contains("f32x4.relaxed_min"));
    assert_eq!(said("sandbox"), "");
    let out = text(&work.path().join("out.wasm"));
    let printed = run(&["compose", &file, "--policy", "deterministic", "-o", &out]);
    assert!(
        printed
            .stderr
            .starts_with("warning: the application uses relaxed SIMD"),
        "{printed:?}"
    );
}

/// The processor chooses some bits of a NaN, on x86 the sign.
#[test]
fn numbers_that_are_none_have_the_same_bits() {
    let app = component(
        "package test:app; world app { import wasi:cli/exit@0.2.12; export wasi:cli/run@0.2.12; }",
        r#"(module
          (import "wasi:cli/exit@0.2.12" "exit-with-code" (func $exit (param i32)))
          (memory (export "memory") 1)
          (func $divide (param f32 f32) (result f32) (f32.div (local.get 0) (local.get 1)))
          (func (export "wasi:cli/run@0.2.12#run") (result i32)
            (i32.store (i32.const 0) (i32.const 0))
            ;; The highest nine bits, as a status: 0x7fc00000 is canonical, and positive.
            (call $exit (i32.shr_u
              (i32.reinterpret_f32 (call $divide (f32.load (i32.const 0)) (f32.load (i32.const 0))))
              (i32.const 24)))
            (i32.const 0)))"#,
    );
    let work = tempfile::tempdir().expect("a temporary directory");
    let file = work.path().join("app.wasm");
    std::fs::write(&file, app).expect("a file");
    let Printed { status, stderr, .. } = run(&["run", "-p", "deterministic", &text(&file)]);
    assert_eq!((status, stderr.as_str()), (0x7f, ""));
}

/// A NaN becomes zero, even on x86, whose own instruction gives the lowest number.
#[test]
fn relaxed_instructions_have_the_same_results() {
    let app = component(
        "package test:app; world app { import wasi:cli/exit@0.2.12; export wasi:cli/run@0.2.12; }",
        r#"(module
          (import "wasi:cli/exit@0.2.12" "exit-with-code" (func $exit (param i32)))
          (memory (export "memory") 1)
          (func (export "wasi:cli/run@0.2.12#run") (result i32)
            (i32.store (i32.const 0) (i32.const 0x7fc00000))
            (call $exit (i32.add (i32.const 3) (i32.shr_u
              (i32x4.extract_lane 0 (i32x4.relaxed_trunc_f32x4_s (v128.load (i32.const 0))))
              (i32.const 30))))
            (i32.const 0)))"#,
    );
    let work = tempfile::tempdir().expect("a temporary directory");
    let file = work.path().join("app.wasm");
    std::fs::write(&file, app).expect("a file");
    let Printed { status, .. } = run(&["run", "-p", "deterministic", &text(&file)]);
    assert_eq!(status, 3);
}

#[test]
fn nothing_is_a_terminal_where_the_policy_says_so() {
    let guest = GuestFile::new("cli_is_terminal");
    let shown = |policy: &str| {
        // `script` gives the command a terminal.
        let line = format!(
            "{} run --policy {policy} {}",
            env!("CARGO_BIN_EXE_interpose"),
            guest.path()
        );
        let program = "import pty, sys; sys.exit(pty.spawn(['sh', '-c', sys.argv[1]]) >> 8)";
        let mut command = std::process::Command::new("python3");
        let home = crate::support::tools::cache_directory();
        command
            .args(["-c", program, &line])
            .env("HOME", &home)
            .env("XDG_CACHE_HOME", home.join("user"))
            .stdin(Stdio::null());
        finish(&mut command).stdout
    };
    assert!(shown("sandbox").contains("true"), "{:?}", shown("sandbox"));
    for policy in ["deterministic", "no-ambient"] {
        assert!(
            !shown(policy).contains("true"),
            "{policy}: {:?}",
            shown(policy)
        );
    }
    let work = tempfile::tempdir().expect("a temporary directory");
    let file = work.path().join("policy.toml");
    let named = "version = 1\nextends = \"sandbox\"\n[stdio]\nstdin = \"inherit\"\nstdout = \"inherit\"\nstderr = \"inherit\"\nterminals = false\n";
    std::fs::write(&file, named).expect("a policy");
    assert!(!shown(&text(&file)).contains("true"));
}

/// A host that ignores versions would tell whether a stream is a terminal.
#[test]
fn no_spelling_asks_whether_a_stream_is_a_terminal() {
    let named = policy("version = 1\ndefault = \"inherit\"\n[stdio]\nterminals = false\n");
    let plan = |import: &str| {
        let app = format!("(component (import \"{import}\" (instance (export \"f\" (func)))))");
        let app = Application::parse(app.as_bytes()).expect("a component");
        Plan::new(&named, &Surface::of(app.component()).expect("a surface"))
    };
    for import in ["wasi:cli/terminal-stdout", "wasi:cli/terminal-input"] {
        assert!(plan(import).is_err(), "{import}");
    }
    let of_p3 = plan("wasi:cli/terminal-stdin@0.3.0").expect("a plan");
    let provider = &of_p3.application[0].provider;
    assert!(matches!(provider, Provider::Layer { .. }), "{provider:?}");
    assert!(plan("wasi:cli/stdout").is_ok());
}

#[test]
fn output_cannot_take_a_prefix_away() {
    let work = tempfile::tempdir().expect("a temporary directory");
    let file = work.path().join("policy.toml");
    let prefixed = "version = 1\nextends = \"sandbox\"\n[stdio]\nstdin = { text = \"one\\rtwo\\u001b[2K\\u000b\\nthree\\r\\n\" }\nstdout = { prefix = \"app: \" }\n";
    std::fs::write(&file, prefixed).expect("a policy");
    let guest = GuestFile::new("cli_echo");
    let printed = run(&["run", "--policy", &text(&file), &guest.path()]);
    assert!(
        printed
            .stdout
            .starts_with("app: one\rapp: two\\u{1b}[2K\\u{b}\napp: three\r\n"),
        "{printed:?}"
    );
}
