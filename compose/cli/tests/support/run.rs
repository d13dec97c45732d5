//! Runs guest programs on Wasmtime's own WASI, and through the adapters under a policy.

use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex};

use interpose_host::{
    Buffer, Directory, Grant, Host, Input, Observer, Outcome, Output, Program, Save,
};
use wasi_interpose::application::Application;
use wasi_interpose::cache::CompilationCache;
use wasi_interpose::compose::{Composer, Composition, Form};
use wasi_interpose::link::Linking;
use wasi_interpose::link::fuse::glue::Memories;
use wasi_interpose::policy::Policy;
use wasi_interpose::probe::Kept;
use wasi_interpose::probe::calls::Event;

use super::guests::{Target, binary};
use super::linking::linked;
use super::transcript::{Transcript, tree};

/// The arguments and variables of every program, wherever it runs.
const ARGUMENTS: &[&str] = &["program", "one", "two words", "", "--flag=ü"];
const VARIABLES: &[(&str, &str)] = &[
    ("PATH", "/bin"),
    ("LC_ALL", "C"),
    ("EMPTY", ""),
    ("Lang", "ü = x"),
    ("LANG", "C"),
];
const STDIN: &str =
    "first line\nsecond line, longer than the first\n\nünïcödé\nlast line without end";

/// The form of a composition whose files are saved.
const SAVED: Form = Form {
    testing: false,
    open: false,
    reports: false,
    exposed: true,
    probe: None,
};

/// Runs programs. One runner is enough for a suite.
pub struct Runner {
    host: Host,
    composer: Composer,
    /// Composers that wire, and that fuse all adapters with multiple memories and without.
    linking: [Composer; 3],
}

/// The runner of this process. It keeps compiled code in the build's directory, so that the next run is fast.
pub static RUNNER: LazyLock<Runner> = LazyLock::new(|| {
    let cache =
        CompilationCache::in_directory(Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled"));
    Runner {
        host: Host::new(&cache).expect("a host"),
        composer: linked(Composer::new(&cache).expect("a composer")),
        linking: [
            Linking::Wired,
            Linking::AllFused(Memories::Multiple),
            Linking::AllFused(Memories::Portable),
        ]
        .map(|linking| {
            let composer = Composer::new(&cache).expect("a composer");
            composer.linked(linking)
        }),
    }
});

impl Runner {
    /// Runs a program on Wasmtime's own WASI, with an empty directory as `/`.
    pub fn on_the_host(&self, program: &str, target: Target) -> Transcript {
        self.in_a_directory(application(program, target).component())
    }

    /// Runs a program under a policy that shows it an empty directory of the host as `/`.
    pub fn over_a_directory(&self, policy: &Policy, program: &str, target: Target) -> Transcript {
        let composed = self.composer.compose(&application(program, target), policy);
        let composition = composed.expect("the program composes");
        assert!(composition.plan.kernel().is_none(), "there is a kernel");
        self.in_a_directory(&composition.component)
    }

    /// Like [`Runner::over_a_directory`], with a probe around the program. Also returns the events that it reported.
    pub fn observed(
        &self,
        policy: &Policy,
        program: &str,
        target: Target,
    ) -> (Transcript, Vec<Event>) {
        let form = Form {
            probe: Some(Kept {
                of_arguments: 40,
                of_results: u32::MAX,
                copied: false,
            }),
            ..Form::default()
        };
        let composed = self
            .composer
            .compose_as(&application(program, target), policy, form);
        let composition = composed.expect("the program composes");
        let observed = composition.probe.expect("a probe");
        let events = Arc::new(Mutex::new(Vec::new()));
        let observer = {
            let events = Arc::clone(&events);
            Observer::new(observed.sink.clone(), move |bytes| {
                let event = observed.read(bytes).expect("an event");
                events.lock().expect("nobody panics").push(event);
            })
        };
        let directory = tempfile::tempdir().expect("a temporary directory");
        let grant = Grant {
            directories: vec![root(directory.path(), false)],
            observers: vec![observer],
            ..Grant::default()
        };
        let transcript = self.granted(directory.path(), grant, &composition.component);
        let events = std::mem::take(&mut *events.lock().expect("nobody panics"));
        (transcript, events)
    }

    /// Runs a component with an empty directory as `/`.
    fn in_a_directory(&self, component: &[u8]) -> Transcript {
        let directory = tempfile::tempdir().expect("a temporary directory");
        self.in_directory(directory.path(), component)
    }

    /// Runs a program on Wasmtime's own WASI, with this directory as `/`.
    pub fn on_the_host_in(&self, directory: &Path, program: &str, target: Target) -> Transcript {
        self.in_directory(directory, application(program, target).component())
    }

    /// Runs a program on Wasmtime's own WASI, with this directory as a `/` that the program cannot change.
    pub fn on_the_host_read_only(
        &self,
        directory: &Path,
        program: &str,
        target: Target,
    ) -> Transcript {
        let component = application(program, target);
        self.in_a_granted(directory, true, component.component())
    }

    /// Runs a program under a policy that forbids it to change the directory `shown`, with `granted` as the host's `/`,
    /// which the host permits to change.
    pub fn read_only_under(
        &self,
        (granted, shown): (&Path, &Path),
        policy: &Policy,
        program: &str,
        target: Target,
    ) -> Transcript {
        let composed = self.composer.compose(&application(program, target), policy);
        let composition = composed.expect("the program composes");
        let mut transcript = self.in_a_granted(granted, false, &composition.component);
        transcript.tree = transcript.tree.and(tree(shown).ok());
        transcript
    }

    /// Runs a component with this directory as `/`.
    fn in_directory(&self, directory: &Path, component: &[u8]) -> Transcript {
        self.in_a_granted(directory, false, component)
    }

    /// Runs a component with this directory as `/`, read-only or read-write.
    fn in_a_granted(&self, directory: &Path, read_only: bool, component: &[u8]) -> Transcript {
        let grant = Grant {
            directories: vec![root(directory, read_only)],
            ..Grant::default()
        };
        self.granted(directory, grant, component)
    }

    /// Runs a component. If it succeeds, the files in this directory are its files.
    fn granted(&self, directory: &Path, grant: Grant, component: &[u8]) -> Transcript {
        let compiled = self.host.compile(component).expect("the program compiles");
        let mut transcript = self.run(&compiled, grant, &[]);
        if transcript.status == "exit 0" {
            transcript.tree = Some(tree(directory).expect("the files of the program"));
        }
        transcript
    }

    /// Runs a program under a policy. Its memory filesystem, if it has one, is saved if the program succeeds.
    pub fn under(&self, policy: &Policy, program: &str, target: Target) -> Transcript {
        let composed = self
            .composer
            .compose_as(&application(program, target), policy, SAVED);
        self.run_composed(Grant::default(), &composed.expect("the program composes"))
    }

    /// Runs a program under a policy: with wired adapters, and with all of them fused with the program, with multiple
    /// memories and without. Its files are not saved: for that, a kernel is wired.
    pub fn linked_under(&self, policy: &Policy, program: &str, target: Target) -> [Transcript; 3] {
        let application = application(program, target);
        self.linking.each_ref().map(|composer| {
            let composed = composer.compose(&application, policy);
            let composed = composed.expect("the program composes");
            let compiled = self.host.compile(&composed.component);
            self.run(&compiled.expect("it compiles"), Grant::default(), &[])
        })
    }

    /// Runs a program under a policy that makes `/` an overlay over this directory.
    pub fn over(
        &self,
        directory: &Path,
        policy: &Policy,
        program: &str,
        target: Target,
    ) -> Transcript {
        let grant = Grant {
            directories: vec![root(directory, true)],
            ..Grant::default()
        };
        let composed = self
            .composer
            .compose_as(&application(program, target), policy, SAVED);
        self.run_composed(grant, &composed.expect("the program composes"))
    }

    /// Like [`Runner::under`], with adapters that are configured when they are instantiated.
    pub fn openly_under(&self, policy: &Policy, program: &str, target: Target) -> Transcript {
        let form = Form {
            open: true,
            ..SAVED
        };
        let composed = self
            .composer
            .compose_as(&application(program, target), policy, form);
        let composition = composed.expect("the program composes");
        let grant = Grant {
            configurations: composition.configurations.clone(),
            ..Grant::default()
        };
        self.run_composed(grant, &composition)
    }

    /// Runs a composition, and saves its files if it has any and succeeds.
    fn run_composed(&self, grant: Grant, composition: &Composition) -> Transcript {
        let compiled = self
            .host
            .compile(&composition.component)
            .expect("the composed component compiles");
        let directory = tempfile::tempdir().expect("a temporary directory");
        let to = directory.path().join("saved");
        // A program that imports no filesystem, or gets none, leaves no files.
        let has_files = composition
            .plan
            .kernel()
            .is_some_and(|(_, kernel)| kernel.mounts.iter().any(|mount| mount.path == "/"));
        let saves = if has_files {
            vec![Save {
                from: "/".into(),
                to: to.clone(),
            }]
        } else {
            Vec::new()
        };
        let mut transcript = self.run(&compiled, grant, &saves);
        if transcript.status == "exit 0" {
            transcript.tree = Some(if has_files {
                tree(&to).expect("the files of the program")
            } else {
                Vec::new()
            });
        }
        transcript
    }

    fn run(&self, program: &Program, mut grant: Grant, saves: &[Save]) -> Transcript {
        let (stdout, stderr) = (Buffer::default(), Buffer::default());
        grant.stdin = Input::Bytes(STDIN.into());
        grant.stdout = Output::Buffer(stdout.clone());
        grant.stderr = Output::Buffer(stderr.clone());
        grant.arguments = ARGUMENTS
            .iter()
            .map(|argument| argument.to_string())
            .collect();
        grant.variables = VARIABLES
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_string()))
            .collect();
        let finished = self
            .host
            .run(program, &grant, saves)
            .expect("the program starts");
        let status = match finished.outcome {
            Outcome::Exited(status) => format!("exit {status}"),
            Outcome::Trapped(trap) => format!("trap: {}", trap.message),
            Outcome::Exceeded(exceeded) => format!("ended: {exceeded}"),
        };
        Transcript {
            status,
            stdout: stdout.contents(),
            stderr: stderr.contents(),
            tree: None,
        }
    }
}

/// A grant of a directory as the host's `/`.
fn root(directory: &Path, read_only: bool) -> Directory {
    Directory {
        path: directory.to_owned(),
        name: "/".into(),
        read_only,
    }
}

fn application(program: &str, target: Target) -> Application {
    Application::parse(&binary(program, target)).expect("the program is an application")
}
