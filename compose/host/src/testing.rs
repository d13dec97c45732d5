//! Runs a composition for testing many times, each time in an instance of its own.

use std::any::Any;
use std::ops::ControlFlow;

use wasi_interpose::cache::CompilationCache;
use wasi_interpose::probe::{CONTROL, EVENT, RUN};
use wasmtime::component::{
    Component, ComponentExportIndex, Instance, InstancePre, Linker, WasmList,
};
use wasmtime::{Engine, Error, Result, Store, StoreContextMut};

use crate::error::HostError;
use crate::grant::{Buffer, Grant, Output};
use crate::host::{Host, Purpose};
use crate::life::{Control, Life, Lived, Living, Stopped, Watch};
use crate::outcome::Outcome;
use crate::program::Program;
use crate::refusals::Refusals;
use crate::start::outcome_of_start;
use crate::state::{Guests, PreparedGrant, State};
use crate::{limits, linking};

/// A composition for testing that is compiled and linked. Each of its lives is an instance of its own.
pub struct Tests {
    engine: Engine,
    pre: InstancePre<State>,
    prepared: PreparedGrant,
    purpose: Purpose,
    run: ComponentExportIndex,
    /// `now`, `files` and `durable` of [`CONTROL`], if the composition has a kernel.
    control: Option<[ComponentExportIndex; 3]>,
}

/// Runs lives of an application, one after the other. Each thread that tests has its own.
pub struct Tester<'a> {
    tests: &'a Tests,
    runtime: tokio::runtime::Runtime,
}

impl Host {
    /// Makes a host for tests of compositions with such a grant. It counts fuel, which is the only measure of computing that
    /// is the same in equal runs.
    ///
    /// # Errors
    /// As [`Host::new`].
    pub fn for_tests(
        cache: &CompilationCache,
        grant: &Grant,
    ) -> std::result::Result<Self, HostError> {
        let purpose = Purpose {
            deterministic: grant.deterministic,
            interrupted: false,
            fuel: true,
        };
        Self::with(cache, purpose)
    }

    /// Links a command that was composed for testing. `sink` is where its probe reports. The observers of the grant are told
    /// nothing, and its outputs are kept apart for each life.
    ///
    /// # Errors
    /// [`HostError`] when the component is no command, or imports something that this host does not have.
    pub fn tests(
        &self,
        program: &Program,
        grant: &Grant,
        sink: &str,
    ) -> std::result::Result<Tests, HostError> {
        let (interface, function) = program.run_export().ok_or(HostError::NotACommand)?;
        if program.is_asynchronous {
            return Err(HostError::Asynchronous {
                what: "such a component cannot be tested",
            });
        }
        let component = &program.component;
        let engine = component.engine();
        let run = find(component, &interface, &function).ok_or(HostError::NotACommand)?;
        let control = ["now", "files", "durable"].map(|name| find(component, CONTROL, name));
        let mut linker = Linker::<State>::new(engine);
        linking::link(&mut linker, program, grant, &Refusals::default())
            .and_then(|()| link_run(&mut linker))
            .and_then(|()| link_sink(&mut linker, sink))
            .map_err(HostError::Runtime)?;
        Ok(Tests {
            engine: engine.clone(),
            pre: linker
                .instantiate_pre(component)
                .map_err(HostError::Instantiate)?,
            prepared: PreparedGrant::new(grant, Guests::One)?,
            purpose: self.purpose,
            run,
            control: match control {
                [Some(now), Some(files), Some(durable)] => Some([now, files, durable]),
                _ => None,
            },
        })
    }
}

fn find(component: &Component, interface: &str, function: &str) -> Option<ComponentExportIndex> {
    let (_, interface) = component.get_export(None, interface)?;
    Some(component.get_export(Some(&interface), function)?.1)
}

impl Tests {
    /// Something that runs lives on one thread.
    ///
    /// # Errors
    /// [`HostError::Runtime`] when the system has no resources for it.
    pub fn tester(&self) -> std::result::Result<Tester<'_>, HostError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| HostError::Runtime(error.into()))?;
        Ok(Tester {
            tests: self,
            runtime,
        })
    }
}

impl Tester<'_> {
    /// Runs one life to its end.
    ///
    /// # Errors
    /// [`HostError`] when the runtime cannot make the instance. How the application ends is no error.
    pub fn run<W: Watch>(&self, life: Life, watch: W) -> std::result::Result<Lived<W>, HostError> {
        self.tests.purpose.check(&life.limits)?;
        self.runtime.block_on(self.live(life, watch))
    }

    async fn live<W: Watch>(
        &self,
        life: Life,
        watch: W,
    ) -> std::result::Result<Lived<W>, HostError> {
        let tests = self.tests;
        let (stdout, stderr) = (Buffer::default(), Buffer::default());
        let mut state = State::with_outputs(
            &tests.prepared,
            None,
            &kept(&tests.prepared.grant.stdout, &stdout),
            &kept(&tests.prepared.grant.stderr, &stderr),
        );
        state.living = Some(Box::new(Living {
            seed: life.seed,
            begin: life.begin,
            watch: Box::new(watch),
            control: None,
            crashed: None,
            exiting: None,
        }));
        let mut store = Store::new(&tests.engine, state);
        let fuel = life
            .limits
            .fuel
            .as_ref()
            .map_or(u64::MAX, |fuel| fuel.value);
        limits::hold(&mut store, &life.limits).map_err(HostError::Runtime)?;
        if tests.purpose.fuel && life.limits.fuel.is_none() {
            store.set_fuel(fuel).map_err(HostError::Runtime)?;
        }
        let called = self.call(&mut store).await;
        let burned = fuel.saturating_sub(store.get_fuel().unwrap_or(fuel));
        // An application that called `exit` cannot be called any more.
        let has_returned = matches!(called, Ok(Ok(_)));
        let (outcome, stopped) = match called {
            Ok(Ok(result)) => (Outcome::Exited(i32::from(result.is_err())), false),
            Ok(Err(error)) => (Outcome::of(&error, &life.limits), error.is::<Stopped>()),
            Err(error) if error.is::<Stopped>() => (Outcome::of(&error, &life.limits), true),
            Err(error) => (outcome_of_start(error, &life.limits, store.data())?, false),
        };
        let living = store.data().living.as_ref();
        let control = living.and_then(|living| living.control);
        let (mut files, mut time, mut left) = (None, None, None);
        if let Some(control) = control.filter(|_| has_returned) {
            limits::lift(&mut store);
            let now = control.now.call_async(&mut store, ()).await;
            time = now.ok().map(|(now,)| now);
            if let Some(seed) = life.loses_power.filter(|_| time.is_some()) {
                let called = control.durable.call_async(&mut store, (seed,)).await;
                left = called.ok().map(|(files,)| files);
            } else if life.wants_files && time.is_some() {
                let called = control.files.call_async(&mut store, ()).await;
                files = called.ok().map(|(files,)| files);
            }
        }
        let state = store.into_data();
        let living = state
            .living
            .ok_or_else(|| lost("the life of a test is lost"))?;
        let watch: Box<dyn Any> = living.watch;
        let watch = watch
            .downcast()
            .map_err(|_| lost("the watcher of a test is lost"))?;
        Ok(Lived {
            outcome,
            stopped,
            crashed: living.crashed.or(left),
            files: files.or(living.exiting),
            stdout: stdout.contents(),
            stderr: stderr.contents(),
            fuel: burned,
            memory: state.memory.used(),
            time,
            watch: *watch,
        })
    }

    /// Instantiates the composition and calls it. The outer error is one of the start.
    async fn call(&self, store: &mut Store<State>) -> Result<Result<std::result::Result<(), ()>>> {
        let tests = self.tests;
        let instance = tests.pre.instantiate_async(&mut *store).await?;
        if let Some(control) = &tests.control {
            let control = control_of(&instance, store, control)?;
            if let Some(living) = &mut store.data_mut().living {
                living.control = Some(control);
            }
        }
        let run = instance
            .get_typed_func::<(), (std::result::Result<(), ()>,)>(&mut *store, &tests.run)?;
        Ok(run.call_async(store, ()).await.map(|(result,)| result))
    }
}

/// Where an output goes: to a buffer of this life, if the grant has it at all.
fn kept(granted: &Output, buffer: &Buffer) -> Output {
    match granted {
        Output::Discard => Output::Discard,
        Output::Inherit | Output::Buffer(_) => Output::Buffer(buffer.clone()),
    }
}

fn lost(what: &'static str) -> HostError {
    HostError::Runtime(Error::msg(what))
}

fn control_of(
    instance: &Instance,
    store: &mut Store<State>,
    [now, files, durable]: &[ComponentExportIndex; 3],
) -> Result<Control> {
    Ok(Control {
        now: instance.get_typed_func(&mut *store, now)?,
        files: instance.get_typed_func(&mut *store, files)?,
        durable: instance.get_typed_func(&mut *store, durable)?,
    })
}

/// Links [`RUN`].
fn link_run(linker: &mut Linker<State>) -> Result<()> {
    let mut run = linker.instance(RUN)?;
    run.func_wrap("seed", |store: StoreContextMut<'_, State>, (): ()| {
        let living = store.data().living.as_ref();
        Ok((living.map_or(0, |living| living.seed),))
    })?;
    run.func_wrap("begin", |mut store: StoreContextMut<'_, State>, (): ()| {
        // The only probe asks once.
        let living = store.data_mut().living.as_mut();
        Ok((living.map_or(Vec::new(), |living| std::mem::take(&mut living.begin)),))
    })?;
    run.func_wrap(
        "fault",
        |mut store: StoreContextMut<'_, State>, (happened,): (Vec<u8>,)| {
            if let Some(living) = &mut store.data_mut().living {
                living.watch.fault(happened);
            }
            Ok(())
        },
    )?;
    run.func_wrap(
        "crashed",
        |mut store: StoreContextMut<'_, State>, (files,): (Vec<u8>,)| {
            if let Some(living) = &mut store.data_mut().living {
                living.crashed = Some(files);
            }
            Ok(())
        },
    )?;
    run.func_wrap(
        "exiting",
        |mut store: StoreContextMut<'_, State>, (files,): (Vec<u8>,)| {
            if let Some(living) = &mut store.data_mut().living {
                living.exiting = Some(files);
            }
            Ok(())
        },
    )
}

/// Links the interface to which the probe reports.
fn link_sink(linker: &mut Linker<State>, sink: &str) -> Result<()> {
    linker.instance(sink)?.func_wrap_async(
        EVENT,
        |store: StoreContextMut<'_, State>, (event,): (WasmList<u8>,)| Box::new(take(store, event)),
    )
}

/// Passes an event to the watcher, with the time if it wants that.
async fn take(mut store: StoreContextMut<'_, State>, event: WasmList<u8>) -> Result<()> {
    let Some(mut living) = store.data_mut().living.take() else {
        return Ok(());
    };
    let asked = living.control.filter(|_| living.watch.wants_time());
    let now = match asked {
        // The kernel is not at work now: the probe stands in front of it.
        Some(control) => {
            // Asking costs the application no fuel.
            let fuel = store.get_fuel();
            let (now,) = control.now.call_async(&mut store, ()).await?;
            if let Ok(fuel) = fuel {
                store.set_fuel(fuel)?;
            }
            Some(now)
        }
        None => None,
    };
    let next = living.watch.event(event.as_le_slice(&store), now);
    store.data_mut().living = Some(living);
    match next {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Stopped.into()),
    }
}
