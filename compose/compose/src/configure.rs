//! Configures an adapter by running its `configure` function once and making a snapshot of its memory: a new component
//! that needs no configuration.

use std::future::Future;
use std::pin::pin;
use std::sync::OnceLock;
use std::task::{Context, Poll, Waker};

use miette::Diagnostic;
use thiserror::Error;
use wasmtime::component::{ComponentNamedList, Instance, Lift, Linker, TypedFunc, WasmList};
use wasmtime::{Config, Engine, OptLevel, Store};
use wasmtime_wizer::{ComponentInstanceState, Wizer};

use crate::adapters::Adapter;
use crate::cache::{self, CompilationCache};
use crate::p3::is_asynchronous_inside;
use crate::plan::MAX_BYTES;
use crate::reporter::with_reporter;
use crate::strip_configure::strip_configure;

/// Why an adapter could not be configured.
#[derive(Debug, Error, Diagnostic)]
pub enum ConfigureError {
    /// The adapter refused its configuration.
    #[error("the adapter `{adapter}` refuses its configuration: {reason}")]
    #[diagnostic(
        code("configure::refused"),
        help(
            "what the mounts begin with has to fit `max-bytes` under `[filesystem]`, and all that a policy says into the memory of a component"
        )
    )]
    Refused {
        /// The adapter.
        adapter: Adapter,
        /// The adapter's reason.
        reason: String,
    },
    /// The configuration, usually because of baked files, does not fit into a component.
    #[error(
        "the adapter `{adapter}` would begin with {bytes} bytes of files and settings, and a component can hold {MAX_BYTES} of them"
    )]
    #[diagnostic(
        code("configure::too-large"),
        help(
            "bake fewer files: `include` and `exclude` of a mount choose them; or mount the directory with `source = \"overlay\"`"
        )
    )]
    TooLarge {
        /// The adapter.
        adapter: Adapter,
        /// The size of the configuration.
        bytes: usize,
    },
    /// Instrumenting, compiling, running or snapshotting the adapter failed.
    #[error("the adapter `{adapter}` could not be configured: {message}")]
    #[diagnostic(
        code("configure::failed"),
        help("this is a bug of the tool: please report it with the policy")
    )]
    Failed {
        /// The adapter.
        adapter: Adapter,
        /// The error of the runtime.
        message: String,
    },
}

/// Configures adapters.
pub struct Configurator {
    engine: Engine,
    /// For adapters with asynchronous functions; made when the first of them is configured.
    concurrent: OnceLock<Engine>,
    cache: CompilationCache,
}

impl Configurator {
    /// Makes a configurator that keeps compiled adapters in `cache`.
    ///
    /// # Errors
    /// An error of the runtime when this machine cannot run WebAssembly.
    pub fn new(cache: &CompilationCache) -> wasmtime::Result<Self> {
        Ok(Self {
            engine: engine(cache, false)?,
            concurrent: OnceLock::new(),
            cache: cache.clone(),
        })
    }

    /// The engine for an adapter.
    fn engine(&self, adapter: &[u8]) -> wasmtime::Result<&Engine> {
        if !is_asynchronous_inside(adapter) {
            return Ok(&self.engine);
        }
        if let Some(engine) = self.concurrent.get() {
            return Ok(engine);
        }
        let made = engine(&self.cache, true)?;
        Ok(self.concurrent.get_or_init(|| made))
    }

    /// Calls the adapter's `configure` with an encoded configuration, while every import traps, and returns a snapshot
    /// of the adapter without the code that read the configuration. Equal inputs give equal bytes.
    ///
    /// # Errors
    /// [`ConfigureError::Refused`] when the adapter refuses its configuration, [`ConfigureError::TooLarge`] when the
    /// snapshot could not hold the configuration, [`ConfigureError::Failed`] when the adapter could not be run.
    pub fn configure(
        &self,
        adapter: Adapter,
        configuration: &[u8],
    ) -> Result<Vec<u8>, ConfigureError> {
        self.configure_with(adapter, configuration, None)
    }

    /// Like [`Configurator::configure`]. With `report`, the name of an import, the adapter tells this import what the
    /// policy refuses.
    pub(crate) fn configure_with(
        &self,
        adapter: Adapter,
        configuration: &[u8],
        report: Option<&str>,
    ) -> Result<Vec<u8>, ConfigureError> {
        check_size(adapter, configuration)?;
        let failed = |message: String| ConfigureError::Failed { adapter, message };
        match ready(self.snapshot(adapter.component(), configuration)) {
            Ok(Ok(component)) => {
                let sealed = strip_configure(&component, report.is_some())
                    .map_err(|error| failed(error.to_string()))?;
                match report {
                    Some(import) => {
                        with_reporter(&sealed, import).map_err(|error| failed(error.to_string()))
                    }
                    None => Ok(sealed),
                }
            }
            Ok(Err(reason)) => Err(ConfigureError::Refused { adapter, reason }),
            Err(error) => Err(ConfigureError::Failed {
                adapter,
                message: format!("{error:#}"),
            }),
        }
    }

    async fn snapshot(
        &self,
        adapter: &[u8],
        configuration: &[u8],
    ) -> wasmtime::Result<Result<Vec<u8>, String>> {
        let wizer = Wizer::new();
        let (context, instrumented) = wizer.instrument_component(adapter)?;
        let engine = self.engine(adapter)?;
        let component = cache::compile(engine, &instrumented)?;
        let mut linker = Linker::<()>::new(engine);
        linker.define_unknown_imports_as_traps(&component)?;
        let mut store = Store::new(engine, ());
        // The limit protects hosts from untrusted guests, but the adapters are trusted. At the end, the whole memory of
        // an adapter is passed to the host, and its size depends on the baked files.
        store.set_hostcall_fuel(usize::MAX);
        let instance = linker.instantiate_async(&mut store, &component).await?;
        let configure =
            instance.get_typed_func::<(&[u8],), (Result<(), String>,)>(&mut store, "configure")?;
        let (configured,) = configure.call_async(&mut store, (configuration,)).await?;
        if let Err(reason) = configured {
            return Ok(Err(reason));
        }
        let mut state = State {
            store: &mut store,
            instance,
            error: None,
        };
        let snapshot = wizer.snapshot_component(&context, &mut state).await;
        match state.error {
            Some(error) => Err(error),
            None => snapshot.map(Ok),
        }
    }
}

fn engine(cache: &CompilationCache, is_concurrent: bool) -> wasmtime::Result<Engine> {
    let mut config = Config::new();
    // A configuration runs only for a moment, so fast compilation matters more than fast code.
    config.cranelift_opt_level(OptLevel::None);
    config.concurrency_support(is_concurrent);
    config.wasm_component_model_async(is_concurrent);
    cache.apply(&mut config);
    Engine::new(&config)
}

/// Refuses a configuration that does not fit into a component.
pub(crate) fn check_size(adapter: Adapter, configuration: &[u8]) -> Result<(), ConfigureError> {
    let bytes = configuration.len();
    match bytes as u64 > MAX_BYTES {
        true => Err(ConfigureError::TooLarge { adapter, bytes }),
        false => Ok(()),
    }
}

/// Polls a future that waits for nothing outside, because it awaits only calls into a guest whose imports all trap. Wasmtime
/// has to be asked this way for adapters that import asynchronous functions.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}

/// Answers wizer's questions about an instance by calling the accessors that wizer's instrumentation added.
struct State<'a> {
    store: &'a mut Store<()>,
    instance: Instance,
    /// The first error; wizer's interface has no way to report it.
    error: Option<wasmtime::Error>,
}

impl State<'_> {
    /// Calls an accessor of a global. After an error its value does not matter.
    async fn call<R>(&mut self, instance: &str, function: &str) -> R
    where
        R: Lift + Default + Send + Sync + 'static,
        (R,): ComponentNamedList,
    {
        match self.try_call(instance, function).await {
            Ok(value) => value,
            Err(error) => {
                self.error.get_or_insert(error);
                R::default()
            }
        }
    }

    async fn try_call<R>(&mut self, instance: &str, function: &str) -> wasmtime::Result<R>
    where
        R: Lift + Send + Sync + 'static,
        (R,): ComponentNamedList,
    {
        let missing =
            || wasmtime::format_err!("the instrumented adapter lacks `{instance}#{function}`");
        let (_, outer) = self
            .instance
            .get_export(&mut *self.store, None, instance)
            .ok_or_else(missing)?;
        let (_, inner) = self
            .instance
            .get_export(&mut *self.store, Some(&outer), function)
            .ok_or_else(missing)?;
        let function: TypedFunc<(), (R,)> =
            self.instance.get_typed_func(&mut *self.store, inner)?;
        Ok(function.call_async(&mut *self.store, ()).await?.0)
    }
}

impl ComponentInstanceState for State<'_> {
    async fn call_func_ret_list_u8(
        &mut self,
        instance: &str,
        func: &str,
        contents: impl FnOnce(&[u8]) + Send,
    ) {
        match self.try_call::<WasmList<u8>>(instance, func).await {
            Ok(list) => contents(list.as_le_slice(&*self.store)),
            Err(error) => {
                self.error.get_or_insert(error);
                // Wizer expects to see the contents of each memory; it discards those of this one.
                contents(&[]);
            }
        }
    }

    async fn call_func_ret_s32(&mut self, instance: &str, func: &str) -> i32 {
        self.call(instance, func).await
    }

    async fn call_func_ret_s64(&mut self, instance: &str, func: &str) -> i64 {
        self.call(instance, func).await
    }

    async fn call_func_ret_f32(&mut self, instance: &str, func: &str) -> u32 {
        self.call::<f32>(instance, func).await.to_bits()
    }

    async fn call_func_ret_f64(&mut self, instance: &str, func: &str) -> u64 {
        self.call::<f64>(instance, func).await.to_bits()
    }
}
