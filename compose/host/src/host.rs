//! Compiling components and running commands.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use interpose_policy::model::Limits;
use wasi_interpose::cache::{self, CompilationCache};
use wasi_interpose::foreign::apart;
use wasi_interpose::surface::Surface;
use wasmtime::component::{Component, Linker};
use wasmtime::{Config, Engine, Store};

use crate::error::HostError;
use crate::grant::Grant;
use crate::outcome::Outcome;
use crate::save::model::{Save, Saved, Saving, Watch};
use crate::save::target::open_targets;
use crate::save::walk::save_all;
use crate::start::outcome_of_start;
use crate::state::{Guests, PreparedGrant, State};
use crate::turns::Turns;
use crate::{limits, linking};

/// What code is compiled for. Each of these makes it slower, and code that is compiled for one is of no use for another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Purpose {
    /// Runs that are the same on every processor.
    pub(crate) deterministic: bool,
    /// Being interrupted.
    pub(crate) interrupted: bool,
    /// Counting fuel.
    pub(crate) fuel: bool,
}

impl Purpose {
    /// The purpose that a grant has.
    pub(crate) fn of(grant: &Grant) -> Self {
        Self {
            deterministic: grant.deterministic,
            interrupted: grant.limits.timeout.is_some(),
            fuel: grant.limits.fuel.is_some(),
        }
    }

    /// Whether code that is compiled for this holds these limits.
    ///
    /// # Errors
    /// [`HostError::Limits`] if code that is compiled for this does not hold these limits.
    pub(crate) fn check(self, limits: &Limits) -> Result<(), HostError> {
        let holds =
            (self.interrupted || limits.timeout.is_none()) && (self.fuel || limits.fuel.is_none());
        match holds {
            true => Ok(()),
            false => Err(HostError::Limits),
        }
    }
}

/// A WebAssembly runtime that runs components of WASI 0.2.
pub struct Host {
    pub(crate) engine: Engine,
    pub(crate) purpose: Purpose,
    watch_saving: Option<Watch>,
}

impl Host {
    /// Makes a host that keeps compiled code in `cache`. It runs with grants that have no limit of time or fuel;
    /// [`Host::for_grant`] makes one for those.
    ///
    /// # Errors
    /// [`HostError::Runtime`] when this machine cannot run WebAssembly.
    pub fn new(cache: &CompilationCache) -> Result<Self, HostError> {
        Self::with(cache, Purpose::default())
    }

    /// Like [`Host::new`], for what a grant has: [`Grant::deterministic`], and limits of time and fuel. Each of them makes
    /// code slower, and has its own in the cache.
    ///
    /// # Errors
    /// As [`Host::new`].
    pub fn for_grant(cache: &CompilationCache, grant: &Grant) -> Result<Self, HostError> {
        Self::with(cache, Purpose::of(grant))
    }

    pub(crate) fn with(cache: &CompilationCache, purpose: Purpose) -> Result<Self, HostError> {
        let mut config = Config::new();
        // Nothing in WASI 0.2 is asynchronous to the component model, and without this each call between components
        // costs ten times as much.
        config.concurrency_support(false);
        config.epoch_interruption(purpose.interrupted);
        config.consume_fuel(purpose.fuel);
        if purpose.deterministic {
            // The runtime decides what WebAssembly leaves to the processor.
            config
                .cranelift_nan_canonicalization(true)
                .relaxed_simd_deterministic(true);
        }
        cache.apply(&mut config);
        Ok(Self {
            engine: Engine::new(&config).map_err(HostError::Runtime)?,
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
    /// [`HostError::Compile`] when the runtime does not take it.
    pub fn compile(&self, component: &[u8]) -> Result<Program, HostError> {
        let surface = Surface::of(component)?;
        let component = apart(|| cache::compile(&self.engine, component))
            .unwrap_or_else(|panic| Err(wasmtime::Error::msg(panic)))
            .map_err(HostError::Compile)?;
        Ok(Program { component, surface })
    }

    /// Runs a command to its end. `saves` says which of its memory files to write out then; the component must
    /// have been composed with its filesystem exposed for that.
    ///
    /// # Errors
    /// [`HostError`] when it could not be started or its files not be saved. A trap is an [`Outcome`].
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
        let targets = open_targets(saves, &grant.directories)?;
        let mut linker = Linker::<State>::new(&self.engine);
        linking::link(&mut linker, &program.surface, grant).map_err(HostError::Runtime)?;
        let prepared = PreparedGrant::new(grant, Guests::One)?;
        let mut store = Store::new(&self.engine, State::new(&prepared));
        store.data_mut().saving = targets;
        store.data_mut().watch_saving = self.watch_saving.clone();
        limits::hold(&mut store, limits).map_err(HostError::Runtime)?;
        let turns = limits.timeout.is_some().then(|| {
            store.set_epoch_deadline(1);
            store.epoch_deadline_async_yield_and_update(1);
            Turns::start(self.engine.clone())
        });
        let leaving = Arc::clone(&store.data().leaving);
        let outcome = {
            let mut call = pin!(call(&linker, &mut store, program, limits, export));
            tokio::select! {
                outcome = call.as_mut() => outcome?,
                exceeded = limits::time_is_over(limits.timeout.as_ref()) => {
                    match leaving.load(Ordering::Acquire) {
                        // It has come to its own end, and its files are being saved.
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
            leaves_line_open: state.stderr.is_open(),
        })
    }
}

/// Makes an instance of a command and calls it.
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

/// A compiled component.
pub struct Program {
    pub(crate) component: Component,
    pub(crate) surface: Surface,
}

impl Program {
    /// The export that runs a command, in whichever 0.2 version the component has it: interface and function.
    fn run_export(&self) -> Option<(String, String)> {
        let interface = self.surface.wasi_export("wasi:cli/run")?;
        Some((interface.to_owned(), "run".to_owned()))
    }
}

/// A run that came to its end.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub outcome: Outcome,
    /// What was saved, in the order of the requests; empty after a trap, when nothing can be read any more.
    pub saved: Vec<Saved>,
    /// Bytes of memories and tables that the component had at the most, those of its adapters included.
    pub memory: u64,
    /// Whether the last line that it wrote to standard error of this process has no end, so that whoever writes there next
    /// had better begin with one.
    pub leaves_line_open: bool,
}
