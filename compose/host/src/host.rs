//! Compiling components and running commands.

use std::pin::pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

use interpose_policy::model::Limits;
use wasi_interpose::cache::{self, CompilationCache};
use wasi_interpose::foreign::apart;
use wasi_interpose::p3;
use wasi_interpose::surface::Surface;
use wasmtime::component::Linker;
use wasmtime::{Config, Engine, Store};

use crate::error::HostError;
use crate::grant::Grant;
use crate::outcome::Outcome;
use crate::program::Program;
use crate::refusals::{Refusals, Refused};
use crate::save::model::{Save, Saved, Saving, Watch};
use crate::save::target::open_targets;
use crate::save::walk::save_all;
use crate::start::outcome_of_start;
use crate::state::{Guests, PreparedGrant, State};
use crate::turns::Turns;
use crate::{limits, linking};

/// The properties for which code is compiled. Each property makes the code slower, and the cache keeps the code for
/// each combination apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Purpose {
    /// Every processor gives the same results.
    pub(crate) deterministic: bool,
    /// Running code can be interrupted.
    pub(crate) interrupted: bool,
    /// Running code burns fuel.
    pub(crate) fuel: bool,
}

impl Purpose {
    /// The properties that a grant needs.
    pub(crate) fn of(grant: &Grant) -> Self {
        Self {
            deterministic: grant.deterministic,
            interrupted: grant.limits.timeout.is_some(),
            fuel: grant.limits.fuel.is_some(),
        }
    }

    /// Checks that code with these properties can keep these limits.
    ///
    /// # Errors
    /// [`HostError::Limits`] if it cannot.
    pub(crate) fn check(self, limits: &Limits) -> Result<(), HostError> {
        let holds =
            (self.interrupted || limits.timeout.is_none()) && (self.fuel || limits.fuel.is_none());
        match holds {
            true => Ok(()),
            false => Err(HostError::Limits),
        }
    }
}

/// A WebAssembly runtime that runs components of WASI 0.2 and 0.3.
pub struct Host {
    engines: Engines,
    pub(crate) purpose: Purpose,
    watch_saving: Option<Watch>,
}

/// Two engines with the same settings. One supports the asynchronous functions of the component model, for which each call
/// between components costs ten times as much, so only components that have some are compiled for it.
struct Engines {
    synchronous: Engine,
    config: Config,
    asynchronous: OnceLock<Engine>,
}

impl Engines {
    fn new(config: Config) -> Result<Self, HostError> {
        let mut synchronous = config.clone();
        synchronous.concurrency_support(false);
        Ok(Self {
            synchronous: Engine::new(&synchronous).map_err(HostError::Runtime)?,
            config,
            asynchronous: OnceLock::new(),
        })
    }

    /// The engine for a component that is asynchronous, or for one that is not.
    fn of(&self, is_asynchronous: bool) -> Result<&Engine, HostError> {
        if !is_asynchronous {
            return Ok(&self.synchronous);
        }
        if let Some(engine) = self.asynchronous.get() {
            return Ok(engine);
        }
        let mut config = self.config.clone();
        config
            .concurrency_support(true)
            .wasm_component_model_async(true);
        let engine = Engine::new(&config).map_err(HostError::Runtime)?;
        Ok(self.asynchronous.get_or_init(|| engine))
    }
}

impl Host {
    /// Makes a host that keeps compiled code in `cache`. Its grants can have no limit of time or fuel;
    /// [`Host::for_grant`] makes a host for such grants.
    ///
    /// # Errors
    /// [`HostError::Runtime`] when this machine cannot run WebAssembly.
    pub fn new(cache: &CompilationCache) -> Result<Self, HostError> {
        Self::with(cache, Purpose::default())
    }

    /// Like [`Host::new`], for grants with [`Grant::deterministic`] and limits of time and fuel as `grant` has them.
    /// Each of them makes the code slower, and the cache keeps the code for each combination apart.
    ///
    /// # Errors
    /// As [`Host::new`].
    pub fn for_grant(cache: &CompilationCache, grant: &Grant) -> Result<Self, HostError> {
        Self::with(cache, Purpose::of(grant))
    }

    pub(crate) fn with(cache: &CompilationCache, purpose: Purpose) -> Result<Self, HostError> {
        let mut config = Config::new();
        config.epoch_interruption(purpose.interrupted);
        config.consume_fuel(purpose.fuel);
        if purpose.deterministic {
            // The runtime fixes the results that WebAssembly leaves to the processor.
            config
                .cranelift_nan_canonicalization(true)
                .relaxed_simd_deterministic(true);
        }
        cache.apply(&mut config);
        Ok(Self {
            engines: Engines::new(config)?,
            purpose,
            watch_saving: None,
        })
    }

    /// Tells `watch` when the writing of files begins that a run saves, for each request, and how far it has come whenever
    /// a piece of a file was written. The run waits for it.
    pub fn watched(self, watch: impl Fn(&Saving<'_>) + Send + Sync + 'static) -> Self {
        Self {
            watch_saving: Some(Arc::new(watch)),
            ..self
        }
    }

    /// Compiles a component, or takes it from the cache.
    ///
    /// # Errors
    /// [`HostError::Compile`] when the runtime refuses the component; [`HostError::Surface`] when its imports and
    /// exports cannot be read.
    pub fn compile(&self, component: &[u8]) -> Result<Program, HostError> {
        let mut surface = Surface::of(component)?;
        let refused = |message: String| HostError::Compile(wasmtime::Error::msg(message));
        let released = apart(|| p3::with_released_names(component, &surface))
            .map_err(refused)?
            .map_err(|error| refused(error.to_string()))?;
        if let Some(released) = &released {
            surface = Surface::of(released)?;
        }
        let component = released.as_deref().unwrap_or(component);
        let is_asynchronous =
            apart(|| p3::is_asynchronous(component, &surface)).map_err(refused)?;
        let engine = self.engines.of(is_asynchronous)?;
        let component = apart(|| cache::compile(engine, component))
            .unwrap_or_else(|panic| Err(wasmtime::Error::msg(panic)))
            .map_err(HostError::Compile)?;
        Ok(Program {
            component,
            surface,
            is_asynchronous,
        })
    }

    /// Runs a command to its end, then writes out the memory files that `saves` selects. Saving requires a component
    /// that was composed with its filesystem exposed, and that has nothing asynchronous of the component model. A component
    /// that exports `wasi:cli/run` of WASI 0.2 and of 0.3 is run as one of 0.3.
    ///
    /// # Errors
    /// [`HostError`] when the command could not be started or its files could not be saved. A trap is an [`Outcome`].
    pub fn run(
        &self,
        program: &Program,
        grant: &Grant,
        saves: &[Save],
    ) -> Result<Finished, HostError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|e| HostError::Runtime(e.into()))?;
        runtime.block_on(self.run_async(program, grant, saves))
    }

    async fn run_async(
        &self,
        program: &Program,
        grant: &Grant,
        saves: &[Save],
    ) -> Result<Finished, HostError> {
        let Some(export) = program.run_export() else {
            return Err(HostError::NotACommand);
        };
        let limits = &grant.limits;
        self.purpose.check(limits)?;
        program.check_saves(saves)?;
        let engine = program.component.engine();
        let targets = open_targets(saves, &grant.directories)?;
        let mut linker = Linker::<State>::new(engine);
        let refusals = Refusals::default();
        linking::link(&mut linker, program, grant, &refusals).map_err(HostError::Runtime)?;
        let prepared = PreparedGrant::new(grant, Guests::One)?;
        let mut store = Store::new(engine, State::new(&prepared, None));
        store.data_mut().saving = targets;
        store.data_mut().watch_saving = self.watch_saving.clone();
        limits::hold(&mut store, limits).map_err(HostError::Runtime)?;
        let turns = limits.timeout.is_some().then(|| {
            store.set_epoch_deadline(1);
            store.epoch_deadline_async_yield_and_update(1);
            Turns::start(engine.clone())
        });
        let leaving = Arc::clone(&store.data().leaving);
        let outcome = {
            let mut call = pin!(call(&linker, &mut store, program, limits, export));
            tokio::select! {
                outcome = call.as_mut() => outcome?,
                exceeded = limits::time_is_over(limits.timeout.as_ref()) => {
                    match leaving.load(Ordering::Acquire) {
                        // The component ended by itself, and its files are being saved.
                        true => call.await?,
                        false => Outcome::Exceeded(exceeded),
                    }
                }
            }
        };
        drop(turns);
        if matches!(outcome, Outcome::Exited(_)) {
            save_all(&mut store).await;
        }
        let state = store.into_data();
        Ok(Finished {
            outcome,
            saved: state.saved.unwrap_or(Ok(Vec::new()))?,
            memory: state.memory.used(),
            refused: refusals.so_far(),
            leaves_line_open: state.stderr.is_open(),
        })
    }
}

/// Instantiates a command and calls it.
async fn call(
    linker: &Linker<State>,
    store: &mut Store<State>,
    program: &Program,
    limits: &Limits,
    (interface, function): (String, String),
) -> Result<Outcome, HostError> {
    let instance = linker.instantiate_async(&mut *store, &program.component);
    let instance = match instance.await {
        Ok(instance) => instance,
        Err(error) => return outcome_of_start(error, limits, store.data()),
    };
    store.data_mut().instance = Some(instance);
    let run = instance
        .get_export_index(&mut *store, None, &interface)
        .and_then(|outer| instance.get_export_index(&mut *store, Some(&outer), &function))
        .ok_or(HostError::NotACommand)?;
    let run = instance
        .get_typed_func::<(), (Result<(), ()>,)>(&mut *store, &run)
        .map_err(HostError::Instantiate)?;
    Ok(match run.call_async(store, ()).await {
        Ok((result,)) => Outcome::Exited(i32::from(result.is_err())),
        Err(error) => Outcome::of(&error, limits),
    })
}

/// The result of a run that ended.
#[derive(Debug)]
pub struct Finished {
    /// The way in which the run ended.
    pub outcome: Outcome,
    /// The saved files, in the order of the requests. Empty after a trap, after which nothing can be read.
    pub saved: Vec<Saved>,
    /// The most bytes that the memories and tables of the component and its adapters had.
    pub memory: u64,
    /// What the policy refused, as far as adapters tell of it: see [`Grant::reports`].
    pub refused: Refused,
    /// Whether the component's last line on standard error of this process is incomplete, so that the next message
    /// there should begin with a line break.
    pub leaves_line_open: bool,
}
