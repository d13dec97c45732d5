//! Interposers of a policy: the example, their order, what they get, and what stands in front of an application.

use std::fs;
use std::path::Path;

use interpose_host::{Grant, Offer, Save};
use serde_json::Value;
use tempfile::TempDir;
use wasi_interpose::application::Application;
use wasi_interpose::compose::{ComposeError, Composition};
use wasi_interpose::interposers::InterposeError;
use wasi_interpose::policy::Policy;
use wasi_interpose::surface::Surface;

use crate::support::guests::{Target, binary};
use crate::support::tools::{COMPOSER, component, guest, run, run_component, text};

/// An interface of nobody's, and a program whose exit status is the number that it gets.
const NUMBERS: &str = "
    package acme:num { interface number { next: func() -> u32; } }";

/// A directory with components and policies.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a temporary directory"))
    }

    fn write(&self, name: &str, contents: impl AsRef<[u8]>) -> String {
        let path = self.path().join(name);
        fs::write(&path, contents).expect("a file");
        text(&path)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn policy(&self, source: &str) -> Policy {
        let source = format!("version = 1\n{source}");
        Policy::parse("policy.toml", &source, Some(self.path()))
            .unwrap_or_else(|errors| panic!("{:?}", errors.problems))
    }

    /// The example, in a folder of its own.
    fn with_dice() -> Self {
        let folder = Self::new();
        folder.write("dice.wasm", binary("loaded_dice", Target::Wasip2));
        folder
    }
}

const DICE: &str = "[[interpose]]\ncomponent = \"dice.wasm\"\n";

fn composed(application: &[u8], policy: &Policy) -> Result<Composition, ComposeError> {
    let application = Application::parse(application).expect("a component");
    COMPOSER.compose(&application, policy)
}

/// The exit status of a composition.
fn end(composition: &Composition) -> String {
    let grant = Grant::of(&composition.plan, &Offer::default());
    run_component(&composition.component, grant).end
}

#[test]
fn the_example_replaces_one_function_and_passes_on_the_other() {
    let folder = Folder::with_dice();
    let program = guest("p2_random_seeded");
    let lines = |policy: &Policy| -> Vec<String> {
        let composition = COMPOSER.compose(&program, policy).expect("a composition");
        let grant = Grant::of(&composition.plan, &Offer::default());
        let ran = run_component(&composition.component, grant);
        assert_eq!(ran.end, "exit 0", "{ran:?}");
        ran.stdout.lines().map(str::to_owned).collect()
    };
    let deterministic = "extends = \"deterministic\"\n";
    let plain = lines(&folder.policy(deterministic));
    let loaded = lines(&folder.policy(&format!("{deterministic}{DICE}")));
    // Bytes, a number, then what `insecure` gives, then another number.
    for (position, (plain, loaded)) in plain.iter().zip(&loaded).enumerate() {
        match position {
            1 | 5 => assert_eq!(loaded, "0000000000000004"),
            _ => assert_eq!(plain, loaded, "line {position}"),
        }
    }
    assert_ne!(plain[1], loaded[1]);
    assert_eq!((plain.len(), loaded.len()), (6, 6));
    // Without any adapter too.
    let inherited = lines(&folder.policy(&format!("extends = \"inherit\"\n{DICE}")));
    assert_eq!(inherited[1], "0000000000000004");
}

#[test]
fn the_result_imports_nothing_that_the_program_does_not() {
    let folder = Folder::with_dice();
    let program = guest("p2_random_seeded");
    let own = Surface::of(program.component()).expect("a surface");
    for base in ["inherit", "sandbox", "deterministic"] {
        let policy = folder.policy(&format!("extends = \"{base}\"\n{DICE}"));
        let composition = COMPOSER.compose(&program, &policy).expect("a composition");
        for import in &composition.surface.imports {
            assert!(
                own.import(&import.name).is_some(),
                "{base}: {}",
                import.name
            );
        }
        let again = COMPOSER.compose(&program, &policy).expect("a composition");
        assert!(composition.component == again.component, "{base}");
    }
}

/// A program whose exit status is a number.
fn program() -> Vec<u8> {
    component(
        &format!(
            "package test:app; world app {{
                import acme:num/number; import wasi:cli/exit@0.2.12; export wasi:cli/run@0.2.12;
            }} {NUMBERS}"
        ),
        r#"(module
            (import "acme:num/number" "next" (func $next (result i32)))
            (import "wasi:cli/exit@0.2.12" "exit-with-code" (func $exit (param i32)))
            (func (export "wasi:cli/run@0.2.12#run") (result i32)
              (call $exit (call $next)) (i32.const 0)))"#,
    )
}

/// An interposer that puts a digit behind the number.
fn digit(digit: u32) -> Vec<u8> {
    component(
        &format!(
            "package test:digit; world digit {{ import acme:num/number; export acme:num/number; }} {NUMBERS}"
        ),
        &format!(
            r#"(module
                (import "acme:num/number" "next" (func $next (result i32)))
                (func (export "acme:num/number#next") (result i32)
                  (i32.add (i32.mul (call $next) (i32.const 10)) (i32.const {digit}))))"#
        ),
    )
}

/// An interposer that answers alone, with the exit of its own that `world` and `module` say.
fn zero(world: &str, module: &str) -> Vec<u8> {
    component(
        &format!("package test:zero; world zero {{ {world} export acme:num/number; }} {NUMBERS}"),
        &format!(
            r#"(module {module}
                (func (export "acme:num/number#next") (result i32) (i32.const 0)))"#
        ),
    )
}

#[test]
fn the_first_interposer_is_the_nearest_to_the_application() {
    let folder = Folder::new();
    folder.write("one.wasm", digit(1));
    folder.write("two.wasm", digit(2));
    folder.write("zero.wasm", zero("", ""));
    for (order, expected) in [
        (["one", "two", "zero"], "exit 21"),
        (["two", "one", "zero"], "exit 12"),
        (["one", "one", "zero"], "exit 11"),
    ] {
        let list = order.map(|name| format!("[[interpose]]\ncomponent = \"{name}.wasm\"\n"));
        let policy = folder.policy(&format!("[exit]\nmode = \"inherit\"\n{}", list.concat()));
        let composition = composed(&program(), &policy).expect("a composition");
        assert_eq!(end(&composition), expected, "{order:?}");
        assert!(!composition.plan.grants("acme:num/number"));
    }
    // What stands behind one that answers alone does nothing.
    let policy = folder.policy(
        "[[interpose]]\ncomponent = \"zero.wasm\"\n[[interpose]]\ncomponent = \"one.wasm\"\n",
    );
    let error = composed(&program(), &policy).expect_err("it does nothing");
    assert!(
        matches!(&error, ComposeError::Interposers(InterposeError::AnswersNothing { interposer, .. })
            if interposer == "one"),
        "{error}"
    );
}

#[test]
fn default_gives_an_interposer_nothing_more() {
    let folder = Folder::new();
    folder.write("wide.wasm", wide());
    for (base, code) in [
        ("inherit", "interpose::undecided"),
        ("error", "interpose::undecided"),
    ] {
        let policy = folder.write(
            &format!("{base}.toml"),
            format!(
                "version = 1\ndefault = \"{base}\"\n[exit]\nmode = \"inherit\"\n\
                 [[interpose]]\ncomponent = \"wide.wasm\"\n"
            ),
        );
        let (app, out) = (
            folder.write("app.wasm", program()),
            folder.path().join("out.wasm"),
        );
        let printed = run(&["--json", "compose", &app, "-p", &policy, "-o", &text(&out)]);
        assert_eq!(printed.status, 3, "{printed:?}");
        let message: Value = serde_json::from_str(&printed.stderr).expect("one message");
        assert_eq!(message["code"], code, "{message}");
        let sentence = message["message"].as_str().expect("a text");
        for part in [
            "`wide`",
            "wasi:random/insecure-seed@0.2.12",
            "the application does not have it",
        ] {
            assert!(sentence.contains(part), "{sentence}");
        }
        assert!(!out.exists());
    }
}

/// An interposer that asks for more than the program.
fn wide() -> Vec<u8> {
    zero(
        "import wasi:random/insecure-seed@0.2.12;",
        r#"(import "wasi:random/insecure-seed@0.2.12" "insecure-seed" (func $seed (param i32)))
           (memory (export "memory") 1)
           (func (export "wasi") (call $seed (i32.const 8)))"#,
    )
}

#[test]
fn an_interposer_gets_what_a_table_gives() {
    let folder = Folder::new();
    folder.write("wide.wasm", wide());
    let interpose = "[[interpose]]\ncomponent = \"wide.wasm\"\n[exit]\nmode = \"inherit\"\n";
    for (random, granted) in [
        ("mode = \"inherit\"", true),
        ("mode = \"seeded\"\nseed = 7", false),
        ("mode = \"deny\"", false),
    ] {
        let random = format!("[random]\n{random}\n");
        let policy = folder.policy(&format!("default = \"inherit\"\n{random}{interpose}"));
        let composition = composed(&program(), &policy).expect("a composition");
        assert_eq!(
            composition.plan.grants("wasi:random/insecure-seed"),
            granted,
            "{random}"
        );
        assert_eq!(end(&composition), "exit 0");
    }
    // Where the default denies, nothing is widened, and the adapter refuses the calls.
    let policy = folder.policy(interpose);
    let composition = composed(&program(), &policy).expect("a composition");
    assert!(!composition.plan.grants("wasi:random/insecure-seed"));
    assert_eq!(end(&composition), "exit 0");
}

/// Other imports use a type of an interface that an interposer answers alone: the result imports that, and no function.
#[test]
fn the_types_of_an_answered_interface_are_imported_without_its_functions() {
    let folder = Folder::new();
    let clock = component(
        "package test:clock; world clock { export wasi:clocks/wall-clock@0.2.12; }",
        r#"(module
            (memory (export "memory") 1)
            (func (export "wasi:clocks/wall-clock@0.2.12#now") (result i32) (i32.const 0))
            (func (export "wasi:clocks/wall-clock@0.2.12#resolution") (result i32) (i32.const 0)))"#,
    );
    folder.write("clock.wasm", clock);
    let program = guest("p2_time_clocks");
    for base in ["inherit", "sandbox"] {
        let policy = folder.policy(&format!(
            "extends = \"{base}\"\n[[interpose]]\ncomponent = \"clock.wasm\"\n"
        ));
        let composition = COMPOSER.compose(&program, &policy).expect("a composition");
        let imports = composition.surface.imports.iter();
        let mut clocks =
            imports.filter(|import| import.name.starts_with("wasi:clocks/wall-clock@"));
        assert!(clocks.all(|import| import.functions.is_empty()), "{base}");
    }
}

#[test]
fn a_changed_file_is_refused() {
    let folder = Folder::with_dice();
    let pinned = |hash: &str| {
        folder.policy(&format!(
            "extends = \"sandbox\"\n{DICE}sha256 = \"{hash}\"\n"
        ))
    };
    let program = guest("p2_random_seeded");
    let error = COMPOSER.compose(&program, &pinned(&"0".repeat(64)));
    let Err(ComposeError::Interposers(InterposeError::Hash { found, .. })) = error else {
        panic!("{error:?}");
    };
    COMPOSER
        .compose(&program, &pinned(&found))
        .expect("the file of this hash");
    folder.write("dice.wasm", digit(4));
    let error = COMPOSER
        .compose(&program, &pinned(&found))
        .expect_err("another file");
    assert!(error.to_string().contains("SHA-256"), "{error}");
}

#[test]
fn what_imports_and_exports_the_applications_export_stands_in_front() {
    let folder = Folder::new();
    let failing = component(
        "package test:app; world app { export wasi:cli/run@0.2.12; }",
        r#"(module (func (export "wasi:cli/run@0.2.12#run") (result i32) (i32.const 1)))"#,
    );
    let flip = component(
        "package test:flip; world flip { import wasi:cli/run@0.2.12; export wasi:cli/run@0.2.12; }",
        r#"(module
            (import "wasi:cli/run@0.2.12" "run" (func $run (result i32)))
            (func (export "wasi:cli/run@0.2.12#run") (result i32)
              (i32.sub (i32.const 1) (call $run))))"#,
    );
    folder.write("flip.wasm", flip);
    let flip = "[[interpose]]\ncomponent = \"flip.wasm\"\n";
    for (count, expected) in [(0, "exit 1"), (1, "exit 0"), (2, "exit 1"), (3, "exit 0")] {
        let composition = composed(&failing, &folder.policy(&flip.repeat(count)));
        let composition = composition.expect("a composition");
        assert_eq!(end(&composition), expected, "{count}");
        assert_eq!(composition.surface.exports.len(), 1);
    }
}

#[test]
fn an_interposer_that_the_application_could_exchange_is_refused() {
    let folder = Folder::with_dice();
    let app = folder.write("app.wasm", binary("p2_random_seeded", Target::Wasip2));
    let mount = "[[filesystem.mounts]]\npath = \"/\"\nsource = \"host\"\nhost = \".\"\n";
    let policy = folder.write(
        "policy.toml",
        format!("version = 1\nextends = \"inherit\"\n{mount}{DICE}"),
    );
    let printed = run(&["run", "-p", &policy, &app]);
    assert_eq!(printed.status, 127, "{printed:?}");
    assert!(
        printed.stderr.contains("an interposer of the policy"),
        "{printed:?}"
    );
    let printed = run(&["policy", "check", &policy]);
    assert_eq!(printed.status, 2, "{printed:?}");
}

#[test]
fn a_missing_interposer_is_shown_where_it_stands() {
    let folder = Folder::with_dice();
    let policy = folder.write(
        "policy.toml",
        "version = 1\nextends = \"inherit\"\n[[interpose]]\ncomponent = \"dyce.wasm\"\n",
    );
    let printed = run(&["policy", "check", &policy]);
    assert_eq!(printed.status, 2);
    for part in [
        "policy::no-file",
        "policy.toml:4:14",
        "did you mean `dice.wasm`?",
    ] {
        assert!(printed.stderr.contains(part), "{part}: {}", printed.stderr);
    }
}

#[test]
fn inspect_and_run_know_interposers() {
    let folder = Folder::with_dice();
    let app = folder.write("app.wasm", binary("p2_random_seeded", Target::Wasip2));
    let policy = folder.write(
        "policy.toml",
        format!("version = 1\nextends = \"deterministic\"\n{DICE}"),
    );
    let printed = run(&["--json", "inspect", &app, "-p", &policy]);
    let shown: Value = serde_json::from_str(&printed.stdout).expect("an object");
    let interposers = shown["interposers"].as_array().expect("a list");
    assert_eq!(interposers.len(), 1, "{shown}");
    assert_eq!(interposers[0]["name"], "dice");
    assert_eq!(interposers[0]["imports"][0]["answeredBy"], "random");
    let random = |import: &&Value| {
        import["name"]
            .as_str()
            .is_some_and(|name| name.starts_with("wasi:random/random@"))
    };
    let imports = shown["imports"].as_array().expect("a list");
    let own = imports.iter().find(random).expect("the import");
    assert_eq!(own["answeredBy"], "dice");
    let printed = run(&["run", "-p", &policy, &app]);
    assert_eq!(printed.status, 0, "{printed:?}");
    assert_eq!(printed.stdout.lines().nth(1), Some("0000000000000004"));
    // `adapter` has no application.
    let out = folder.path().join("out.wasm");
    let printed = run(&["adapter", "-p", &policy, "-o", &text(&out)]);
    assert_eq!(printed.status, 2, "{printed:?}");
    assert!(
        printed.stderr.contains("there is no application"),
        "{printed:?}"
    );
    // What a policy comes to names its interposers by their whole paths.
    let printed = run(&["policy", "show", "--effective", &policy]);
    let line = format!("component = \"{}\"", text(&folder.path().join("dice.wasm")));
    assert!(printed.stdout.contains(&line), "{printed:?}");
    let printed = run(&["policy", "diff", "deterministic", &policy]);
    assert!(
        printed.stdout.contains("+ interpose.1.component = "),
        "{printed:?}"
    );
}

#[test]
fn files_of_the_application_can_be_saved_past_an_interposer() {
    let folder = Folder::with_dice();
    let app = folder.write("app.wasm", binary("demo", Target::Wasip2));
    let policy = folder.write(
        "policy.toml",
        format!("version = 1\nextends = \"deterministic\"\n{DICE}"),
    );
    let to = folder.path().join("saved");
    let save = Save {
        from: "/".into(),
        to: to.clone(),
    };
    let request = format!("{}={}", save.from, text(&save.to));
    let printed = run(&["run", "-p", &policy, "--save", &request, &app]);
    assert_eq!(printed.status, 0, "{printed:?}");
    assert!(to.join("journal/book.txt").exists());
}
