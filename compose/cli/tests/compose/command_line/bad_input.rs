//! Wrong applications, policies and command lines each lead to one clear message.

use std::fs;
use std::path::Path;

use crate::support::tools::{GuestFile, bad, run, text};

use super::{assert_failed, work, write};

#[test]
fn applications_that_are_none() {
    let work = work();
    let directory = work.path();
    let component = wat::parse_str("(component (core module (memory 1)))").expect("a component");
    let module = wat::parse_str(r#"(module (import "env" "f" (func)))"#).expect("a module");
    let bare = wat::parse_str("(module)").expect("a module");
    let cases: &[(String, &[&str])] = &[
        (
            write(directory, "empty.wasm", ""),
            &["not valid", "cut short"],
        ),
        (
            write(directory, "short.wasm", &component[..component.len() - 1]),
            &["not valid", "cut short"],
        ),
        (
            write(
                directory,
                "garbage.wasm",
                [0x7f, b'E', b'L', b'F', 0, 0xff, 0xfe],
            ),
            &["not WebAssembly"],
        ),
        (
            write(
                directory,
                "damaged.wasm",
                b"\0asm\x0d\0\x01\0\xff\xff\xff\xff",
            ),
            &["not valid"],
        ),
        (
            write(directory, "notes.txt", "Buy milk.\n"),
            &["not WebAssembly"],
        ),
        (
            write(directory, "open.wat", "(component"),
            &["not WebAssembly", "1:"],
        ),
        (
            write(directory, "module.wasm", &module),
            &["core module", "`env`", "wasi-sdk"],
        ),
        (
            write(directory, "bare.wasm", &bare),
            &["core module", "_start"],
        ),
        (
            text(&directory.join("missing.wasm")),
            &["cannot be read", "missing.wasm"],
        ),
        (text(directory), &["cannot be read"]),
    ];
    for (path, expected) in cases {
        let out = text(&directory.join("out.wasm"));
        for arguments in [
            vec!["compose", path, "--policy", "sandbox", "-o", &out],
            vec!["run", "--policy", "sandbox", path],
            vec!["inspect", path],
        ] {
            let printed = run(&arguments);
            assert_failed(&printed, bad(arguments[0]), expected);
            assert_eq!(printed.stderr.matches("error:").count(), 1, "{printed:?}");
        }
        assert!(!Path::new(&out).exists(), "{path} left a file");
    }
}

#[test]
fn policies_that_are_none() {
    let app = GuestFile::new("cli_hello");
    let work = work();
    let wrong = write(
        work.path(),
        "wrong.toml",
        "version = 1\ndefualt = \"deny\"\n",
    );
    for (policy, expected) in [
        ("sandbax", &["sandbax", "sandbox"] as &[&str]),
        ("no/such/file.toml", &["no/such/file.toml"]),
        (&wrong, &["defualt", "default", "wrong.toml"]),
        (&text(work.path()), &["policy"]),
    ] {
        let printed = run(&["run", "--policy", policy, &app.path()]);
        assert_eq!(printed.status, 127, "{printed:?}");
        assert_eq!(printed.stdout, "", "{printed:?}");
        for part in expected {
            assert!(
                printed.stderr.contains(part),
                "`{part}` is missing in {printed:?}"
            );
        }
    }
}

#[test]
fn mounts_that_cannot_be_read() {
    let app = GuestFile::new("fs_create_read");
    let work = work();
    let file = write(work.path(), "file", "");
    let missing = text(&work.path().join("missing"));
    let out = text(&work.path().join("out.wasm"));
    for directory in [&file, &missing] {
        let mount = format!("/={directory}");
        let printed = run(&[
            "compose",
            &app.path(),
            "-p",
            "sandbox",
            "--mount",
            &mount,
            "-o",
            &out,
        ]);
        assert_failed(&printed, 2, &[directory, "cannot be read"]);
        let host = format!("{directory}::/");
        let printed = run(&["run", "-p", "sandbox", "--dir", &host, &app.path()]);
        assert_failed(&printed, 127, &[directory]);
    }
    let printed = run(&["run", "-p", "sandbox", "--stdin", &missing, &app.path()]);
    assert_failed(&printed, 127, &[&missing]);
    assert!(!Path::new(&out).exists());
}

#[cfg(unix)]
#[test]
fn things_that_are_no_files_cannot_be_baked() {
    use std::os::unix::ffi::OsStrExt;
    let app = GuestFile::new("fs_create_read");
    let with = |name: &std::ffi::OsStr, socket: bool, expected: &str| {
        let work = work();
        let path = work.path().join(name);
        if socket {
            drop(std::os::unix::net::UnixListener::bind(&path).expect("a socket"));
        } else {
            fs::write(&path, "").expect("a file");
        }
        let mount = format!("/={}", text(work.path()));
        let printed = run(&["run", "-p", "sandbox", "--mount", &mount, &app.path()]);
        assert_failed(&printed, 127, &[expected]);
    };
    with("socket".as_ref(), true, "neither a file");
    with(std::ffi::OsStr::from_bytes(b"\xff"), false, "not Unicode");
}

#[test]
fn wrong_command_lines() {
    for arguments in [
        &["frobnicate"] as &[&str],
        &["run"],
        &["run", "app.wasm"],
        &["run", "-p", "deny", "--mount", "relative=.", "app.wasm"],
        &["run", "-p", "deny", "--mount", "/a/../b=.", "app.wasm"],
        &["run", "-p", "deny", "--env", "=x", "app.wasm"],
        &["run", "-p", "deny", "--seed", "-1", "app.wasm"],
        &["run", "-p", "deny", "--quiet", "--verbose", "app.wasm"],
        &["compose", "app.wasm", "-p", "deny"],
        &["policy", "show"],
        &["policy", "show", "no-such-policy"],
    ] {
        let printed = run(arguments);
        assert_failed(&printed, bad(arguments[0]), &[]);
    }
    assert_eq!(run(&[]).status, 2);
    for help in ["--help", "--version"] {
        let printed = run(&[help]);
        assert_eq!((printed.status, printed.stderr.as_str()), (0, ""));
        assert!(printed.stdout.contains("interpose"));
    }
}

#[test]
fn of_many_mistakes_some_are_shown() {
    let work = work();
    let mut source = "version = 1\n".to_owned();
    for number in 0..20_000 {
        source += &format!("key{number} = 1\n");
    }
    let wrong = write(work.path(), "wrong.toml", source);
    for more in [&[] as &[&str], &["--json"]] {
        let mut arguments = vec!["policy", "check", &wrong];
        arguments.extend(more);
        let printed = run(&arguments);
        assert_eq!(printed.status, 2);
        assert!(printed.stderr.contains("key49") && !printed.stderr.contains("`key50`"));
        assert!(
            printed.stderr.contains("and 19950 more problems"),
            "{}",
            printed.stderr.len()
        );
    }
}

#[test]
fn messages_name_the_file_and_what_to_do() {
    let work = work();
    let open = write(work.path(), "open.wat", "(component");
    let printed = run(&["inspect", &open]);
    assert!(!printed.stderr.contains("<anon>"), "{printed:?}");
    assert_failed(
        &printed,
        2,
        &[
            &format!("error: `{open}`: "),
            &format!("{open}:1:"),
            "hint: ",
        ],
    );
    let short = write(work.path(), "short.wasm", b"\0asm\x0d");
    assert_failed(
        &run(&["inspect", &short]),
        2,
        &[&format!("error: `{short}`: "), "hint: "],
    );

    let missing = text(&work.path().join("nope.toml"));
    let printed = run(&["run", "--graph", &missing]);
    assert!(
        !printed.stderr.contains("there is no policy"),
        "{printed:?}"
    );
    assert_eq!(printed.status, 127, "{printed:?}");
    assert!(
        printed.stderr.contains("there is no file") && printed.stderr.contains("help: "),
        "{printed:?}"
    );
    let empty = write(
        work.path(),
        "empty.toml",
        "version = 1\napplication = \"a\"\n[components]\n",
    );
    let printed = run(&["run", "--graph", &empty]);
    assert!(!printed.stderr.contains("possible here"), "{printed:?}");
    assert!(printed.stderr.contains("add a table"), "{printed:?}");

    let imports = write(
        work.path(),
        "imports.wat",
        r#"(component (import "f" (func)) (import "m" (core module)) (import "a:b/c" (instance)))"#,
    );
    let printed = run(&["inspect", &imports]);
    let kinds: Vec<&str> = printed.stdout.lines().skip(3).take(3).collect();
    let kind = |line: &str, expected: &str| assert!(line.contains(expected), "{printed:?}");
    kind(kinds[0], " function ");
    kind(kinds[1], " module ");
    kind(kinds[2], " types only ");

    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let server = GuestFile::new("p2_http_server");
    let printed = run(&["serve", &server.path(), "-p", "sandbox", "--addr", &address]);
    assert_failed(
        &printed,
        2,
        &["cannot listen", "another program listens there"],
    );
}

#[test]
fn what_a_mount_is_baked_from_can_be_in_the_way() {
    use std::os::unix::fs::symlink;
    let app = GuestFile::new("fs_create_read");
    let work = work();
    let from = work.path().join("from");
    fs::create_dir_all(from.join("dev")).expect("directories");
    for file in ["tmp", "dev/null"] {
        fs::write(from.join(file), "").expect("a file");
    }
    symlink("dev", from.join("link")).expect("a link");
    let from = text(&from);
    let mount =
        format!("[[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"\nfrom = \"{from}\"\n");
    let inner = "\n[[filesystem.mounts]]\npath = \"/tmp/x\"\nsource = \"memory\"\n";
    for (more, wanted, found, hint) in [
        (
            "directories = [\"tmp\"]",
            "the directory `tmp`",
            "file `tmp`",
            "`directories`",
        ),
        (
            "directories = [\"link/x\"]",
            "the directory `link/x`",
            "symbolic link `link`",
            "`directories`",
        ),
        (
            "devices = true",
            "the device `dev/null`",
            "file `dev/null`",
            "`devices = false`",
        ),
        (inner, "the mount `/tmp/x`", "file `tmp`", "mount elsewhere"),
    ] {
        let policy = format!("version = 1\nextends = \"sandbox\"\n\n{mount}{more}\n");
        let policy = write(work.path(), "policy.toml", policy);
        let printed = run(&["run", "-p", &policy, &app.path()]);
        assert_failed(
            &printed,
            127,
            &["the mount `/` cannot have", wanted, found, "hint: ", hint],
        );
    }
    // Each entry in memory counts: the mount, baked entries, a directory, devices and their directory.
    let exclude = "exclude = [\"dev/null\"]\ndirectories = [\"d/e\"]\ndevices = true\n";
    for (limit, status) in [(12, 0), (11, 2), (0, 2)] {
        let limits = format!("[filesystem]\nmax-entries = {limit}\n");
        let policy = format!("version = 1\nextends = \"sandbox\"\n\n{limits}{mount}{exclude}");
        let policy = write(work.path(), "policy.toml", policy);
        let out = text(&work.path().join("out.wasm"));
        let printed = run(&["compose", &app.path(), "-p", &policy, "-o", &out]);
        assert_eq!(printed.status, status, "{limit}: {printed:?}");
        if status > 0 {
            assert_failed(
                &printed,
                2,
                &["begin with 12 ", &format!("is {limit}\n"), "hint: raise"],
            );
        }
    }
}
