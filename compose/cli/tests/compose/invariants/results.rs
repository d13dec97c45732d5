//! Denied calls return errors, and a composition is a component like any other.

use interpose_host::Grant;
use wasi_interpose::application::Application;

use crate::support::tools::{COMPOSER, builtin, guest, imports, policy, run_component};

/// A composition is an application like any other.
#[test]
fn compositions_are_composed_again() {
    let application = guest("fs_create_read");
    let compose = |application: &Application, name: &str| {
        let composition = COMPOSER
            .compose(application, &builtin(name))
            .expect("a composition");
        Application::parse(&composition.component).expect("a component")
    };
    let expected = run_component(
        compose(&application, "sandbox").component(),
        Grant::default(),
    );
    let mut again = application;
    for name in ["sandbox", "memory-filesystem", "inherit", "deterministic"] {
        let before = imports(again.component());
        again = compose(&again, name);
        assert!(imports(again.component()).is_subset(&before), "{name}");
    }
    assert_eq!(run_component(again.component(), Grant::default()), expected);
}

/// Invariant 4: denied calls return the error that WASI names. Programs run to their end.
#[test]
fn denied_is_an_error() {
    let denied = |program: &str, text: &str| {
        let composition = COMPOSER
            .compose(&guest(program), &policy(text))
            .expect("a composition");
        let ran = run_component(&composition.component, Grant::default());
        assert_eq!(ran.end, "exit 0", "{program}: {ran:?}");
        ran.stdout
    };
    let base = "version = 1\ndefault = \"deny\"\n[stdio]\nstdout = \"inherit\"\n";
    let output = denied("p2_network_refused", base);
    assert!(output.contains("look up: access-denied"), "{output}");
    assert!(!output.contains("allowed"), "{output}");
    let output = denied("p2_http_refused", base);
    assert!(output.to_lowercase().contains("denied"), "{output}");
    let output = denied("fs_create_read", base);
    assert!(output.contains("write: error: "), "{output}");
    assert!(output.contains("read: error: "), "{output}");
    let mount =
        "[[filesystem.mounts]]\npath = \"/\"\nsource = \"memory\"\naccess = \"read-only\"\n";
    let output = denied("fs_create_read", &format!("{base}{mount}"));
    assert!(
        output.contains("write: error: Operation not permitted"),
        "{output}"
    );
    let quota = format!(
        "{base}[filesystem]\nmax-bytes = \"3B\"\n{}",
        mount.replace("read-only", "read-write")
    );
    let output = denied("fs_create_read", &quota);
    // The program's library learns only that the stream failed.
    assert!(output.starts_with("write: error: I/O error"), "{output}");
    assert_eq!(denied("cli_echo", base), "\n0 bytes\n");
    let output = denied("env_variables", base);
    assert_eq!(output, "EMPTY Err(NotPresent)\nMISSING Err(NotPresent)\n");
    assert_eq!(denied("env_arguments", base), "");
}
