//! What is tested: where it comes from, and how it is composed and compiled.

use std::path::{Path, PathBuf};

use interpose_host::{Grant, Host, Offer, Output, Tests};
use interpose_policy::Policy;
use interpose_policy::PolicyErrors;
use wasi_interpose::application::Application;
use wasi_interpose::cache::CompilationCache;
use wasi_interpose::compose::{Composer, Composition, Form};
use wasi_interpose::plan::Warning;
use wasi_interpose::probe::{Kept, Observed};

use crate::digest::Digest;
use crate::error::CampaignError;
use crate::report::{Named, Subject};

/// How much of lists and texts events have. Faults are narrowed to paths, so these have to be whole.
const KEPT: Kept = Kept {
    of_arguments: 4096,
    of_results: 4096,
    copied: false,
};

/// A component that is tested, or that checks the files.
#[derive(Clone, Debug)]
pub struct Component(Source);

#[derive(Clone, Debug)]
enum Source {
    File(PathBuf),
    Read(Named, Application),
}

impl Component {
    /// A component that was read already: the name and the contents of its file, and what was read.
    pub fn read(name: impl Into<String>, file: &[u8], application: Application) -> Self {
        let named = Named {
            name: name.into(),
            sha256: Digest::of(file),
        };
        Self(Source::Read(named, application))
    }

    pub(crate) fn open(&self) -> Result<(Named, Application), CampaignError> {
        match &self.0 {
            Source::Read(named, application) => Ok((named.clone(), application.clone())),
            Source::File(path) => {
                let application = Application::read(path)?;
                let name = path.file_name().unwrap_or_default();
                let named = Named {
                    name: name.to_string_lossy().into_owned(),
                    sha256: match std::fs::read(path) {
                        Ok(bytes) => Digest::of(&bytes),
                        // It was there a moment ago; a pipe can be read once.
                        Err(_) => Digest::of(application.component()),
                    },
                };
                Ok((named, application))
            }
        }
    }
}

impl From<&Path> for Component {
    fn from(path: &Path) -> Self {
        Self(Source::File(path.into()))
    }
}

impl From<PathBuf> for Component {
    fn from(path: PathBuf) -> Self {
        Self(Source::File(path))
    }
}

impl From<&str> for Component {
    fn from(path: &str) -> Self {
        Self(Source::File(path.into()))
    }
}

impl From<Application> for Component {
    fn from(application: Application) -> Self {
        let file = application.component().to_vec();
        Self::read("component", &file, application)
    }
}

/// A policy under which something is tested.
#[derive(Clone, Debug)]
pub struct TestPolicy(PolicyFrom);

#[derive(Clone, Debug)]
enum PolicyFrom {
    Named(String),
    Read(String, Box<Policy>),
}

impl TestPolicy {
    /// A policy that was read already, with its name.
    pub fn read(name: impl Into<String>, policy: Policy) -> Self {
        Self(PolicyFrom::Read(name.into(), Box::new(policy)))
    }

    pub(crate) fn open(&self) -> Result<(String, Policy), PolicyErrors> {
        match &self.0 {
            PolicyFrom::Read(name, policy) => Ok((name.clone(), (**policy).clone())),
            PolicyFrom::Named(name) => {
                let file = Path::new(name).file_name();
                let short = file.map_or_else(|| name.clone(), |file| file.to_string_lossy().into());
                Ok((short, Policy::load(name)?))
            }
        }
    }
}

impl From<&str> for TestPolicy {
    /// A policy file, or the name of a built-in policy.
    fn from(name: &str) -> Self {
        Self(PolicyFrom::Named(name.into()))
    }
}

impl From<&Path> for TestPolicy {
    fn from(path: &Path) -> Self {
        Self(PolicyFrom::Named(path.to_string_lossy().into_owned()))
    }
}

impl From<Policy> for TestPolicy {
    fn from(policy: Policy) -> Self {
        Self::read("policy", policy)
    }
}

/// A component that is ready to run.
pub(crate) struct Ready {
    pub(crate) tests: Tests,
    pub(crate) observed: Observed,
    /// Whether it has files in memory.
    pub(crate) controlled: bool,
    /// Its digest as composed.
    pub(crate) composition: Digest,
    /// The digest of what its adapters are configured to do.
    pub(crate) configuration: Vec<u8>,
    /// What the plan warns of.
    pub(crate) warnings: Vec<Warning>,
}

/// The application and the check, ready to run.
pub(crate) struct Prepared {
    pub(crate) application: Ready,
    pub(crate) check: Option<Ready>,
    pub(crate) subject: Subject,
    /// What each rule of the policy's faults says.
    pub(crate) rules: Vec<String>,
}

/// What is composed, and with what.
pub(crate) struct Making<'a> {
    pub(crate) application: &'a Component,
    pub(crate) check: Option<&'a Component>,
    pub(crate) policy: &'a TestPolicy,
    pub(crate) arguments: &'a [String],
    pub(crate) cache: &'a CompilationCache,
    /// Whether there have to be files in memory, because the power is lost.
    pub(crate) needs_files: bool,
}

impl Making<'_> {
    pub(crate) fn prepare(&self) -> Result<Prepared, CampaignError> {
        let (name, policy) = self.policy.open()?;
        let rules = fault_rules(&policy)?;
        let composer = Composer::new(self.cache)?;
        let (own_name, application) = self.application.open()?;
        let offer = offer(&own_name.name, self.arguments);
        let application = self.ready(&composer, &policy, &application, &offer)?;
        if self.needs_files && !application.controlled {
            return Err(CampaignError::NoFiles("a loss of power"));
        }
        let mut all = Sum::default();
        all.add(application.composition);
        let mut meaning = application.configuration.clone();
        meaning.extend(rules.iter().flat_map(|rule| rule.bytes()));
        let disk = policy.faults.as_ref().map(|faults| faults.disk);
        let disk = disk.unwrap_or_default();
        meaning.extend(disk.block.bytes().to_le_bytes());
        meaning.push(disk.ordered.into());
        let (mut check, mut check_name) = (None, None);
        if let Some(component) = self.check {
            let (named, component) = component.open()?;
            let offer = self::offer(&named.name, &[]);
            let ready = self.ready(&composer, &policy, &component, &offer)?;
            if !(ready.controlled && application.controlled) {
                return Err(CampaignError::NoFiles("a check"));
            }
            all.add(ready.composition);
            (check, check_name) = (Some(ready), Some(named));
        }
        Ok(Prepared {
            application,
            check,
            subject: Subject {
                tool: env!("CARGO_PKG_VERSION").into(),
                application: own_name,
                arguments: self.arguments.to_vec(),
                policy: Named {
                    name,
                    sha256: Digest::of(&meaning),
                },
                check: check_name,
                composition: all.digest(),
            },
            rules,
        })
    }

    /// The application as it is composed, without compiling it.
    pub(crate) fn compose(&self) -> Result<Composition, CampaignError> {
        let (_, policy) = self.policy.open()?;
        let (_, application) = self.application.open()?;
        compose(&Composer::new(self.cache)?, &policy, &application)
    }

    fn ready(
        &self,
        composer: &Composer,
        policy: &Policy,
        application: &Application,
        offer: &Offer,
    ) -> Result<Ready, CampaignError> {
        let composition = compose(composer, policy, application)?;
        if let Some(peers) = peers(&composition) {
            return Err(CampaignError::Peers(peers));
        }
        let mut grant = Grant::of(&composition.plan, offer);
        let mut directories = grant.directories.iter();
        if let Some(shared) = directories.find(|directory| !directory.read_only) {
            let path = shared.path.display().to_string();
            return Err(CampaignError::SharedDirectory(path));
        }
        // The budget takes its place, in which nothing depends on the machine.
        grant.limits = Default::default();
        let host = Host::for_tests(self.cache, &grant)?;
        let program = host.compile(&composition.component)?;
        let observed = observed(&composition);
        let layers = composition.plan.layers.iter();
        let configuration = layers.flat_map(|layer| {
            let name = layer.adapter.name().as_bytes().to_vec();
            [name, layer.configuration.encode()].concat()
        });
        Ok(Ready {
            tests: host.tests(&program, &grant, &observed.sink)?,
            composition: Digest::of(&composition.component),
            configuration: configuration.collect(),
            warnings: composition.plan.warnings,
            controlled: composition.controlled,
            observed,
        })
    }
}

/// Composes a component for tests.
fn compose(
    composer: &Composer,
    policy: &Policy,
    application: &Application,
) -> Result<Composition, CampaignError> {
    let form = Form {
        testing: true,
        probe: Some(KEPT),
        ..Form::default()
    };
    Ok(composer.compose_as(application, policy, form)?)
}

/// What of a network the composition can reach.
fn peers(composition: &Composition) -> Option<&'static str> {
    let mut imports = composition.surface.imports.iter();
    imports.find_map(|item| {
        let path = item.interface()?.path();
        match item.can_be_called() {
            true if path == "wasi:http/outgoing-handler" => Some("HTTP servers through the host"),
            true if path.starts_with("wasi:sockets/") => Some("the network of the host"),
            _ => None,
        }
    })
}

/// What the probe observes. A composition with a probe has it.
fn observed(composition: &Composition) -> Observed {
    composition.probe.clone().unwrap_or_else(|| Observed {
        sink: String::new(),
        table: Default::default(),
        kept: KEPT,
    })
}

/// What runs are offered. Input would be shared by all runs, so there is none but that of the policy.
fn offer(name: &str, arguments: &[String]) -> Offer {
    let name = std::iter::once(name.to_owned());
    Offer {
        arguments: name.chain(arguments.iter().cloned()).collect(),
        stdout: Output::Inherit,
        stderr: Output::Inherit,
        variables: Offer::inherit().variables,
        ..Offer::default()
    }
}

/// What each rule of a policy's faults says, as the policy file does.
fn fault_rules(policy: &Policy) -> Result<Vec<String>, CampaignError> {
    if policy.faults.is_none() {
        return Ok(Vec::new());
    }
    let text = policy.to_toml()?;
    let sections = text.split("\n[");
    let rules = sections.filter_map(|section| section.strip_prefix("[faults.rules]]\n"));
    let rules = rules.map(|keys| {
        let keys: Vec<&str> = keys.lines().filter(|line| !line.is_empty()).collect();
        keys.join(", ")
    });
    Ok(rules.collect())
}

/// The digest of several digests.
#[derive(Default)]
struct Sum(Vec<u8>);

impl Sum {
    fn add(&mut self, digest: Digest) {
        self.0.extend(digest.0);
    }

    fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }
}
