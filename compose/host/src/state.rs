//! The data of a store while a component runs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use wasi_interpose::adapters::Adapter;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::filesystem::WasiFilesystemCtx;
use wasmtime_wasi::p2::pipe::MemoryInputPipe;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::error::HostError;
use crate::grant::{Directory, Grant, Input, Output};
use crate::life::Living;
use crate::observing::{Instance, Observation};
use crate::save::model::{SaveError, Saved, Watch};
use crate::save::target::Target;
use crate::{last_line, memory, network, requests};

/// The number of guests that share a thread.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guests {
    /// One guest: passing each file operation to another thread would only cost time.
    One,
    /// Several guests: none may block the thread for a file while others could run.
    Several,
}

/// A grant with open directories and prepared rules, made once for all stores; a server has a store for each request.
/// Changes that one instance makes on disk therefore do not decide which directory the next one gets.
pub(crate) struct PreparedGrant {
    pub(crate) grant: Grant,
    pub(crate) guests: Guests,
    pub(crate) filesystem: WasiFilesystemCtx,
    pub(crate) sockets: Arc<[network::Check]>,
    pub(crate) requests: requests::Requests,
    /// The number of instances so far.
    instances: AtomicU64,
}

impl PreparedGrant {
    pub(crate) fn new(grant: &Grant, guests: Guests) -> Result<Self, HostError> {
        Ok(Self {
            sockets: grant.network.checks(),
            requests: requests::Requests::new(&grant.http),
            filesystem: open(&grant.directories, guests)?,
            guests,
            grant: grant.clone(),
            instances: AtomicU64::new(0),
        })
    }
}

/// Opens directories. Clones of the result share the handles.
fn open(directories: &[Directory], guests: Guests) -> Result<WasiFilesystemCtx, HostError> {
    let mut wasi = WasiCtxBuilder::new();
    wasi.allow_blocking_current_thread(guests == Guests::One);
    for directory in directories {
        let permissions = if directory.read_only {
            FsPerms::ReadOnly
        } else {
            FsPerms::ReadWrite
        };
        wasi.preopened_dir(&directory.path, &directory.name, permissions)
            .map_err(|error| HostError::Directory {
                path: directory.path.clone(),
                reason: error.root_cause().to_string(),
            })?;
    }
    Ok(wasi.build().filesystem().clone())
}

/// The data of a store.
pub(crate) struct State {
    pub(crate) wasi: WasiCtx,
    pub(crate) http: WasiHttpCtx,
    pub(crate) requests: requests::Requests,
    /// The values of `wasi:config`, by key.
    pub(crate) config: BTreeMap<String, String>,
    pub(crate) table: ResourceTable,
    /// The instance once it exists. The host reads its exposed filesystem when it ends.
    pub(crate) instance: Option<wasmtime::component::Instance>,
    pub(crate) saving: Vec<Target>,
    /// Held while files are written, if other components write to the same directories.
    pub(crate) saving_turn: Option<Arc<tokio::sync::Mutex<()>>>,
    /// Who is told how far that has come.
    pub(crate) watch_saving: Option<Watch>,
    /// Whether the component has called `exit`. It does not run any more, but its files may still be written.
    pub(crate) leaving: Arc<AtomicBool>,
    /// The memory of the component.
    pub(crate) memory: memory::Memory,
    /// The adapter that is being configured.
    pub(crate) configuring: Option<Adapter>,
    pub(crate) saved: Option<Result<Vec<Saved>, SaveError>>,
    /// Standard error of this process, if the grant has it.
    pub(crate) stderr: last_line::Stderr,
    /// Who is told of the events of its probes.
    pub(crate) observation: Observation,
    /// What is known of the instance if it is tested.
    pub(crate) living: Option<Box<Living>>,
}

impl State {
    /// The data of a new instance. `request` is the method and path of the request that it answers.
    pub(crate) fn new(prepared: &PreparedGrant, request: Option<&str>) -> Self {
        let grant = &prepared.grant;
        Self::with_outputs(prepared, request, &grant.stdout, &grant.stderr)
    }

    /// Like [`State::new`], with other outputs than those of the grant.
    pub(crate) fn with_outputs(
        prepared: &PreparedGrant,
        request: Option<&str>,
        stdout: &Output,
        own_stderr: &Output,
    ) -> Self {
        let grant = &prepared.grant;
        let instance = Instance {
            number: prepared.instances.fetch_add(1, Ordering::Relaxed) + 1,
            request: request.map(Arc::from),
        };
        let stderr = last_line::Stderr::default();
        let mut wasi = WasiCtxBuilder::new();
        wasi.allow_blocking_current_thread(prepared.guests == Guests::One);
        match &grant.stdin {
            Input::Closed => {}
            Input::Inherit => drop(wasi.inherit_stdin()),
            Input::Bytes(bytes) => drop(wasi.stdin(MemoryInputPipe::new(bytes.clone()))),
        }
        match stdout {
            Output::Discard => {}
            Output::Inherit => drop(wasi.inherit_stdout()),
            Output::Buffer(buffer) => drop(wasi.stdout(buffer.pipe())),
        }
        match own_stderr {
            Output::Discard => {}
            Output::Inherit => drop(wasi.stderr(stderr.clone())),
            Output::Buffer(buffer) => drop(wasi.stderr(buffer.pipe())),
        }
        wasi.args(&grant.arguments).envs(&grant.variables);
        grant.network.apply(&prepared.sockets, &mut wasi);
        let mut wasi = wasi.build();
        *wasi.filesystem() = prepared.filesystem.clone();
        Self {
            wasi,
            http: WasiHttpCtx::new(),
            requests: prepared.requests.clone(),
            config: grant.config.iter().cloned().collect(),
            table: ResourceTable::new(),
            instance: None,
            saving: Vec::new(),
            saving_turn: None,
            watch_saving: None,
            leaving: Arc::default(),
            memory: memory::Memory::default(),
            configuring: None,
            saved: None,
            stderr,
            observation: Observation::begin(instance, &grant.observers),
            living: None,
        }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: &mut self.table,
            hooks: &mut self.requests,
        }
    }
}
