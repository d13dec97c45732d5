//! Serving HTTP requests with a component that exports `wasi:http/incoming-handler`: a fresh instance answers each, so
//! that no request sees what another left behind.
//!
//! Requests run beside each other, and a component that computes for long gives way to the others. What a component
//! does wrong is its own affair: the client gets a status or a body that breaks off, an [`Event`] tells what happened,
//! and the server goes on.
//!
//! No instance outlives what it is for. It is ended when its client hangs up without an answer; when it has waited for
//! too long for something that does not come; and when it goes on for too long after its answer has been sent or
//! cannot be sent any more. What it does not wait for, computing or waking up again and again, it may do for as long as
//! its client stays.

mod body;
mod patience;
mod stream;

use std::convert::Infallible;
use std::future::Future;
use std::net::TcpListener;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http::header::{CONTENT_TYPE, HOST};
use http::uri::Authority;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::rt::{Sleep, Timer};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use miette::Diagnostic;
use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{ComponentExportIndex, InstancePre, Linker, Resource, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi_http::io::TokioIo;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};
use wasmtime_wasi_http::p2::body::{HostOutgoingBody, StreamContext};
use wasmtime_wasi_http::p2::types::{HostIncomingRequest, HostResponseOutparam};
use wasmtime_wasi_http::{WasiBody, WasiHttpView};

use self::body::{IdleLimited, Watched};
use self::patience::{Attention, Gone, Interest, interest, unless_idle};
use self::stream::Client;
use super::turns::Turns;
use super::{
    Exceeded, Grant, Guests, Host, HostError, Outcome, PreparedGrant, Program, Purpose, Save,
    SaveError, Saved, State, Trap, limits, linking, save,
};
use wasi_interpose::cache::CompilationCache;

/// Requests that are answered at the same time, if [`Service::with_max_requests`] does not say otherwise; more wait for
/// their turn. Each has memories of its own.
const MAX_REQUESTS: usize = 256;

/// How long a client may take to send the head of a request, and how long a connection without a request is kept.
const HEAD_LIMIT: Duration = Duration::from_secs(30);

/// How long a client may take to send the next piece of a body that a component waits for, or to take the next piece of
/// an answer, if [`Service::with_idle_limit`] does not say otherwise. As long as nginx waits for either.
const IDLE_LIMIT: Duration = Duration::from_secs(60);

/// How long nothing may move on a connection whose client has said that it sends no more, if [`Service::with_idle_limit`]
/// does not say less: it may wait for an answer, but more often has hung up.
const HALF_CLOSED_LIMIT: Duration = Duration::from_secs(10);

/// The longest limit: thirty years. The clock of the machine cannot count for as long as a duration can be.
const LONGEST: Duration = Duration::from_secs(30 * 365 * 86_400);

/// How many times the limit of a client an instance may wait for whatever it is: more than once, so that it is told of a
/// client that does not go on, and can come to its own end.
const INSTANCE_PATIENCE: u32 = 2;

/// How long requests that have begun may take when the server is to end.
const GRACE: Duration = Duration::from_secs(10);

/// How long threads may take to end when nothing is waited for any more; longer only if one is in a call to the system.
const SHUTDOWN: Duration = Duration::from_millis(500);

/// How long to wait when a connection cannot be accepted: most often too many files are open, which passes.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// A WebAssembly runtime that answers HTTP requests with components of WASI 0.2.
pub struct Server {
    host: Host,
}

impl Server {
    /// Makes a server that keeps compiled code in `cache`. It serves with grants that have no limit of fuel;
    /// [`Server::for_grant`] makes one for those.
    ///
    /// # Errors
    /// [`HostError::Runtime`] when this machine cannot run WebAssembly.
    pub fn new(cache: &CompilationCache) -> Result<Self, HostError> {
        Self::with(cache, Purpose::default())
    }

    /// Like [`Server::new`], for what a grant has, as [`Host::for_grant`].
    ///
    /// # Errors
    /// As [`Server::new`].
    pub fn for_grant(cache: &CompilationCache, grant: &Grant) -> Result<Self, HostError> {
        Self::with(cache, Purpose::of(grant))
    }

    fn with(cache: &CompilationCache, purpose: Purpose) -> Result<Self, HostError> {
        // Requests give way to each other, and may be ended.
        let purpose = Purpose {
            interrupted: true,
            ..purpose
        };
        let host = Host::with(cache, purpose)?;
        Ok(Self { host })
    }

    /// Compiles a component, or takes it from the cache.
    ///
    /// # Errors
    /// [`HostError::Compile`] when the runtime does not take it.
    pub fn compile(&self, component: &[u8]) -> Result<Program, HostError> {
        self.host.compile(component)
    }

    /// Makes a component ready to answer requests, each with what `grant` gives. `saves` says which of its memory files
    /// to write out after each request; the component must have been composed with its filesystem exposed for that.
    ///
    /// # Errors
    /// [`HostError::NotAServer`] for a component that handles no requests, [`HostError::ForeignRequests`] for one that
    /// handles others than this host's, and what would keep every instance from being made.
    pub fn prepare(
        &self,
        program: &Program,
        grant: &Grant,
        saves: &[Save],
    ) -> Result<Service, HostError> {
        let engine = self.host.engine.clone();
        let interface = program.surface.wasi_export("wasi:http/incoming-handler");
        let handle = interface.and_then(|interface| {
            let outer = program.component.get_export_index(None, interface)?;
            program.component.get_export_index(Some(&outer), "handle")
        });
        let (Some(interface), Some(handle)) = (interface, handle) else {
            return Err(HostError::NotAServer);
        };
        self.host.purpose.check(&grant.limits)?;
        let saves = save::open_targets(saves, &grant.directories)?;
        let mut linker = Linker::<State>::new(&engine);
        linking::link(&mut linker, &program.surface, grant).map_err(HostError::Runtime)?;
        let instance = linker
            .instantiate_pre(&program.component)
            .map_err(HostError::Instantiate)?;
        check_handler(&linker, program, interface)?;
        // A directory that cannot be opened is found now, not by the first client.
        let grant = PreparedGrant::new(grant, Guests::Several)?;
        Ok(Service {
            engine,
            instance,
            handle,
            grant,
            saves,
            idle_limit: IDLE_LIMIT,
            max_requests: MAX_REQUESTS,
        })
    }
}

/// Refuses a component whose handler takes other requests than this host's: with the types of an adapter, or of its own,
/// each call would fail.
fn check_handler(
    linker: &Linker<State>,
    program: &Program,
    interface: &str,
) -> Result<(), HostError> {
    let engine = linker.engine();
    let linked = linker.substituted_component_type(&program.component);
    let component = linked.map_err(HostError::Instantiate)?;
    let handler = component.get_export(engine, interface);
    let Some(ComponentItem::ComponentInstance(handler)) = handler.map(|handler| handler.ty) else {
        return Err(HostError::NotAServer);
    };
    let handle = handler.get_export(engine, "handle");
    let Some(ComponentItem::ComponentFunc(handle)) = handle.map(|handle| handle.ty) else {
        return Err(HostError::NotAServer);
    };
    handle
        .typecheck::<Handled, ()>(&component.instance_type())
        .map_err(HostError::ForeignRequests)
}

/// What a handler is called with.
type Handled = (
    Resource<HostIncomingRequest>,
    Resource<HostResponseOutparam>,
);

/// A component that is ready to answer requests.
pub struct Service {
    engine: Engine,
    instance: InstancePre<State>,
    handle: ComponentExportIndex,
    grant: PreparedGrant,
    saves: Vec<save::Target>,
    idle_limit: Duration,
    max_requests: usize,
}

impl Service {
    /// Changes how many requests are answered beside each other; more wait for their turn. Without this, 256. At least
    /// one is.
    pub fn with_max_requests(mut self, count: usize) -> Self {
        self.max_requests = count.clamp(1, Semaphore::MAX_PERMITS);
        self
    }

    /// Changes how long a client may keep a component waiting for the next piece of a request's body, and how long it
    /// may leave an answer without taking more of it; then the body breaks off, or the connection. Without this, 60
    /// seconds.
    ///
    /// An instance that waits for anything else, such as a clock, a server or its own mistake, for twice as long is
    /// ended. So is one that goes on for longer than this after its answer has been sent or cannot be sent any more.
    pub fn with_idle_limit(mut self, limit: Duration) -> Self {
        self.idle_limit = limit.min(LONGEST);
        self
    }

    /// Answers the requests that arrive at `listener`, until `stop` says to end: then no connection is accepted any
    /// more, and what has begun has ten seconds to come to its end. `report` is told what happened, from any thread.
    ///
    /// # Errors
    /// [`HostError::Runtime`] when the threads could not be started or the listener not be used.
    pub fn serve(
        self,
        listener: TcpListener,
        stop: &Stop,
        report: impl Fn(Event) + Send + Sync + 'static,
    ) -> Result<(), HostError> {
        let failed = |error: std::io::Error| HostError::Runtime(error.into());
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let turns = Turns::start(self.engine.clone());
        listener.set_nonblocking(true).map_err(failed)?;
        let serving = Arc::new(Serving {
            turns: Arc::new(Semaphore::new(self.max_requests)),
            service: self,
            guests: Mutex::new(JoinSet::new()),
            saving: Arc::default(),
            report: Box::new(report),
        });
        let result = runtime.block_on(serving.run(listener, stop));
        // What still runs after the grace is ended where it next gives way.
        runtime.shutdown_timeout(SHUTDOWN);
        drop(turns);
        result.map_err(failed)
    }
}

/// Tells a server to end. Clones are the same.
#[derive(Clone, Debug)]
pub struct Stop(watch::Sender<u8>);

impl Stop {
    const GRACEFULLY: u8 = 1;
    const AT_ONCE: u8 = 2;

    /// Nothing that has been said yet.
    pub fn new() -> Self {
        Self(watch::Sender::new(0))
    }

    /// Says to end; said a second time, without waiting for what has begun.
    pub fn request(&self) {
        self.0.send_modify(|said| *said = said.saturating_add(1));
    }

    async fn said(&self, times: u8) {
        let mut said = self.0.subscribe();
        // The sender lives as long as this.
        let _ = said.wait_for(|said| *said >= times).await;
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}

/// What a server tells.
#[derive(Debug)]
pub enum Event {
    /// A request was answered, or the head of its answer was: bodies may still be on their way.
    Answered {
        /// Its method and path.
        request: String,
        /// The answer's status.
        status: u16,
        /// How long the head of the answer took.
        after: Duration,
    },
    /// The component failed with a request.
    Failed {
        /// Its method and path.
        request: String,
        /// What went wrong.
        failure: Failure,
    },
    /// Files of the instance that answered a request were saved.
    Saved {
        /// The request's method and path.
        request: String,
        /// What was saved, in the order of the requests to save.
        saved: Vec<Saved>,
    },
    /// The client hung up before it had an answer, and the instance was ended.
    HungUp {
        /// The request's method and path.
        request: String,
    },
    /// A connection could not be accepted.
    NotAccepted(std::io::Error),
}

/// How a component failed with a request.
#[derive(Debug, Error, Diagnostic)]
pub enum Failure {
    /// No instance could be made.
    #[error(transparent)]
    #[diagnostic(transparent)]
    NotStarted(HostError),
    /// It trapped.
    #[error("the application trapped{}: {}", after(*answered), trap.message)]
    #[diagnostic(forward(trap))]
    Trapped {
        /// Why.
        trap: Trap,
        /// Whether it had given its answer before; the answer's body breaks off then.
        answered: bool,
    },
    /// It exceeded a limit, and was ended.
    #[error("{exceeded}{}", match *answered { true => "; it had answered", false => "" })]
    #[diagnostic(forward(exceeded))]
    Exceeded {
        /// Which.
        exceeded: Exceeded,
        /// Whether it had given its answer before; the answer's body breaks off then, if it had not come to its end.
        answered: bool,
    },
    /// It exited with this status without an answer.
    #[error("the application exited with status {0} without an answer")]
    #[diagnostic(code("serve::exited"))]
    Exited(i32),
    /// It returned without an answer.
    #[error("the application gave no answer")]
    #[diagnostic(code("serve::no-answer"))]
    NoAnswer,
    /// It answered that it had no answer, with this error of `wasi:http`.
    #[error("the application answered with the error {0}")]
    #[diagnostic(code("serve::refused"))]
    Refused(String),
    /// It waited for so long without anything happening that it was ended.
    #[error(
        "the application waited for {limit:?}{} without anything happening, and was ended",
        after(*answered)
    )]
    #[diagnostic(code("serve::idle"))]
    Idle {
        /// How long.
        limit: Duration,
        /// Whether it had given its answer before; the answer's body breaks off then, if it had not come to its end.
        answered: bool,
    },
    /// It went on for so long after its answer had been sent, or could not be sent any more, that it was ended.
    #[error(
        "the application went on for {limit:?} after nobody waited for it any more, and was ended"
    )]
    #[diagnostic(code("serve::late"))]
    Late {
        /// How long.
        limit: Duration,
    },
    /// Its files could not be saved.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Save(SaveError),
}

/// When something happened that can happen before and after the answer.
fn after(answered: bool) -> &'static str {
    if answered {
        " after it had answered"
    } else {
        ""
    }
}

impl Failure {
    /// The trap, if it was one.
    pub fn trap(&self) -> Option<&Trap> {
        match self {
            Self::Trapped { trap, .. } => Some(trap),
            _ => None,
        }
    }
}

/// What the tasks of a running server share.
struct Serving {
    service: Service,
    turns: Arc<Semaphore>,
    guests: Mutex<JoinSet<()>>,
    /// Held while files are written, so that those of two requests are not mixed.
    saving: Arc<tokio::sync::Mutex<()>>,
    report: Box<dyn Fn(Event) + Send + Sync>,
}

impl Serving {
    async fn run(self: Arc<Self>, listener: TcpListener, stop: &Stop) -> std::io::Result<()> {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let mut connections = JoinSet::new();
        let mut ending = pin!(stop.said(Stop::GRACEFULLY));
        loop {
            tokio::select! {
                () = &mut ending => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        let connection = Arc::clone(&self).connection(stream, stop.clone());
                        connections.spawn(connection);
                    }
                    Err(error) => {
                        (self.report)(Event::NotAccepted(error));
                        tokio::time::sleep(ACCEPT_AGAIN).await;
                    }
                },
                Some(_) = connections.join_next() => {}
            }
        }
        drop(listener);
        let ended = async {
            while connections.join_next().await.is_some() {}
            let mut guests = std::mem::take(&mut *self.guests());
            while guests.join_next().await.is_some() {}
        };
        tokio::select! {
            () = ended => {}
            () = tokio::time::sleep(GRACE) => {}
            () = stop.said(Stop::AT_ONCE) => {}
        }
        Ok(())
    }

    /// Answers the requests of one connection.
    async fn connection(self: Arc<Self>, stream: tokio::net::TcpStream, stop: Stop) {
        let client = Client::new(stream);
        let limit = self.service.idle_limit.min(HALF_CLOSED_LIMIT);
        // An error is a client that hung up or does not speak HTTP, or a body that broke off, of which its instance
        // has told: nothing to say here.
        tokio::select! {
            () = self.requests(&client, &stop) => {}
            () = client.hung_up(limit) => {}
        }
    }

    async fn requests(self: &Arc<Self>, client: &Client, stop: &Stop) {
        let service = service_fn(|request| {
            let serving = Arc::clone(self);
            async move { Ok::<_, Infallible>(serving.answer(request).await) }
        });
        // Reading has no limit here: it also waits while a component computes.
        let mut stream = TimeoutStream::new(client.io());
        stream.set_write_timeout(Some(self.service.idle_limit));
        let mut connection = pin!(
            http1::Builder::new()
                .timer(TokioTimer)
                .header_read_timeout(HEAD_LIMIT)
                // Who sends no more still waits for the answer.
                .half_close(true)
                .serve_connection(TokioIo::new(Box::pin(stream)), service)
        );
        tokio::select! {
            _ = &mut connection => return,
            () = stop.said(Stop::GRACEFULLY) => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }

    /// Hands a request to an instance of its own and returns the head of the answer.
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Response<WasiBody> {
        let began = Instant::now();
        if !names_its_host(&request) {
            return plain(StatusCode::BAD_REQUEST);
        }
        let described = describe(&request);
        let Ok(turn) = Arc::clone(&self.turns).acquire_owned().await else {
            return plain(StatusCode::SERVICE_UNAVAILABLE);
        };
        let (sender, receiver) = oneshot::channel();
        // Where the connection ends, so does this, and the interest with it.
        let (interest, attention) = interest();
        let guest = Arc::clone(&self).guest(request, described.clone(), sender, attention, turn);
        {
            let mut guests = self.guests();
            while guests.try_join_next().is_some() {}
            guests.spawn(guest);
        }
        let answer = receiver.await;
        interest.settle();
        let response = match answer {
            Ok(Ok(response)) => watched(response, interest),
            Ok(Err(code)) => {
                self.failed(&described, Failure::Refused(format!("{code:?}")));
                plain(StatusCode::INTERNAL_SERVER_ERROR)
            }
            Err(_) if interest.was_idle() => plain(StatusCode::GATEWAY_TIMEOUT),
            // The instance has told why, or will when it ends.
            Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR),
        };
        (self.report)(Event::Answered {
            request: described,
            status: response.status().as_u16(),
            after: began.elapsed(),
        });
        response
    }

    /// The life of one instance. It may go on when its answer has been given.
    async fn guest(
        self: Arc<Self>,
        request: Request<Incoming>,
        described: String,
        sender: oneshot::Sender<Answer>,
        attention: Attention,
        _turn: OwnedSemaphorePermit,
    ) {
        match self.handle(request, &described, sender, attention).await {
            Ok(saved) if saved.is_empty() => {}
            Ok(saved) => (self.report)(Event::Saved {
                request: described,
                saved,
            }),
            Err(failure) => self.failed(&described, failure),
        }
    }

    /// Calls a new instance, ends it when its time has come, tells what went wrong, and returns what it saved. The
    /// answer's sender is dropped, if the instance has not dropped it before, when all that is known.
    async fn handle(
        &self,
        request: Request<Incoming>,
        described: &str,
        sender: oneshot::Sender<Answer>,
        mut attention: Attention,
    ) -> Result<Vec<Saved>, Failure> {
        let service = &self.service;
        let not_started =
            |error: wasmtime::Error| Failure::NotStarted(HostError::Instantiate(error));
        let mut state = State::new(&service.grant);
        state.saving = service.saves.clone();
        state.saving_turn = Some(Arc::clone(&self.saving));
        let leaving = Arc::clone(&state.leaving);
        let mut store = Store::new(&service.engine, state);
        store.set_epoch_deadline(1);
        store.epoch_deadline_async_yield_and_update(1);
        let limits = &service.grant.grant.limits;
        limits::hold(&mut store, limits)
            .map_err(|error| Failure::NotStarted(HostError::Runtime(error)))?;
        let answered = Arc::new(AtomicBool::new(false));
        let given = Arc::clone(&answered);
        let request = request.map(|body| IdleLimited::new(body, service.idle_limit));
        let mut http = store.data_mut().http();
        let incoming: Resource<HostIncomingRequest> = http
            .new_incoming_request(Scheme::Http, request)
            .map_err(not_started)?;
        let answer: Resource<HostResponseOutparam> = http
            .new_response_outparam_from_callback(move |answer| {
                given.store(true, Ordering::Release);
                // A client that has hung up wants no answer.
                let _ = sender.send(answer);
            })
            .map_err(not_started)?;
        let ended = {
            let mut call = pin!(service.call(&mut store, incoming, answer));
            let ended = tokio::select! {
                ended = unless_idle(service.instance_limit(), call.as_mut()) => ended.unwrap_or(Err(Ended::Idle)),
                ended = service.unwanted(&mut attention) => Err(ended),
                exceeded = limits::time_is_over(limits.timeout.as_ref()) => Err(Ended::Itself(Outcome::Exceeded(exceeded))),
            };
            match ended {
                // It has come to its own end meanwhile, and its files are being saved.
                Err(
                    Ended::Idle
                    | Ended::Late
                    | Ended::HungUp
                    | Ended::Itself(Outcome::Exceeded(Exceeded::Timeout(_))),
                ) if leaving.load(Ordering::Acquire) => call.await,
                ended => ended,
            }
        };
        let answered = answered.load(Ordering::Acquire);
        break_off(&mut store.data_mut().table);
        let failure = match ended {
            Ok(()) => {
                save::save_all(&mut store).await;
                (!answered).then_some(Failure::NoAnswer)
            }
            Err(Ended::NotStarted(error)) => Some(Failure::NotStarted(error)),
            Err(Ended::Itself(Outcome::Exited(status))) => {
                (!answered).then_some(Failure::Exited(status))
            }
            Err(Ended::Itself(Outcome::Trapped(trap))) => Some(Failure::Trapped { trap, answered }),
            Err(Ended::Itself(Outcome::Exceeded(exceeded))) => {
                if matches!(exceeded, Exceeded::Timeout(_)) {
                    attention.was_idle();
                }
                Some(Failure::Exceeded { exceeded, answered })
            }
            Err(Ended::HungUp) => {
                self.hung_up(described);
                None
            }
            Err(Ended::Late) => Some(Failure::Late {
                limit: service.idle_limit,
            }),
            Err(Ended::Idle) => {
                attention.was_idle();
                Some(Failure::Idle {
                    limit: service.instance_limit(),
                    answered,
                })
            }
        };
        if let Some(failure) = failure {
            self.failed(described, failure);
        }
        match store.into_data().saved.unwrap_or(Ok(Vec::new())) {
            Err(error) => Err(Failure::Save(error)),
            Ok(saved) => Ok(saved),
        }
    }

    fn hung_up(&self, request: &str) {
        (self.report)(Event::HungUp {
            request: request.to_owned(),
        });
    }

    fn failed(&self, request: &str, failure: Failure) {
        (self.report)(Event::Failed {
            request: request.to_owned(),
            failure,
        });
    }

    fn guests(&self) -> std::sync::MutexGuard<'_, JoinSet<()>> {
        self.guests
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Breaks off the bodies that an instance has begun and not finished: a client must not take them for whole.
fn break_off(table: &mut ResourceTable) {
    for resource in table.iter_mut() {
        if let Some(body) = resource.downcast_mut::<HostOutgoingBody>() {
            // Only a body that is owned can be broken off; this one is dropped with the table.
            let (other, _) = HostOutgoingBody::new(StreamContext::Response, None, 1, 1);
            std::mem::replace(body, other).abort();
        }
    }
}

/// Whether a request says once which host it is for, by something that can be one (RFC 9112 section 3.2): a component is
/// told it, and may decide by it.
fn names_its_host(request: &Request<Incoming>) -> bool {
    let mut hosts = request.headers().get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => request.uri().authority().is_some(),
        (Some(host), None) => Authority::try_from(host.as_bytes()).is_ok(),
        (Some(_), Some(_)) => false,
    }
}

/// How an instance ended that did not return.
enum Ended {
    /// None could be made.
    NotStarted(HostError),
    /// It exited or trapped.
    Itself(Outcome),
    /// Its client hung up without an answer.
    HungUp,
    /// It waited for too long.
    Idle,
    /// It went on for too long after its client had gone.
    Late,
}

impl Service {
    /// Makes an instance and has it handle a request.
    async fn call(
        &self,
        store: &mut Store<State>,
        request: Resource<HostIncomingRequest>,
        answer: Resource<HostResponseOutparam>,
    ) -> Result<(), Ended> {
        let instance = self.instance.instantiate_async(&mut *store).await;
        let limits = &self.grant.grant.limits;
        let instance = instance.map_err(|error| {
            match Outcome::while_starting(error, limits, store.data()) {
                Ok(outcome) => Ended::Itself(outcome),
                Err(error) => Ended::NotStarted(error),
            }
        })?;
        store.data_mut().instance = Some(instance);
        let handle = instance
            .get_typed_func::<(
                Resource<HostIncomingRequest>,
                Resource<HostResponseOutparam>,
            ), ()>(&mut *store, &self.handle)
            .map_err(|error| Ended::NotStarted(HostError::Instantiate(error)))?;
        let result = handle.call_async(store, (request, answer)).await;
        result.map_err(|error| Ended::Itself(Outcome::of(&error, limits)))
    }

    /// How long an instance may wait for anything.
    fn instance_limit(&self) -> Duration {
        self.idle_limit.saturating_mul(INSTANCE_PATIENCE)
    }

    /// Ends when an instance is not wanted any more.
    async fn unwanted(&self, attention: &mut Attention) -> Ended {
        match attention.gone().await {
            Gone::Unanswered => Ended::HungUp,
            Gone::Answered => {
                tokio::time::sleep(self.idle_limit).await;
                Ended::Late
            }
        }
    }
}

/// What an instance answers.
type Answer = Result<Response<WasiBody>, ErrorCode>;

/// A request as messages name it: without the query, which may hold what is secret.
fn describe(request: &Request<Incoming>) -> String {
    const MAX: usize = 200;
    let path: String = request
        .uri()
        .path()
        .chars()
        .take(MAX)
        .flat_map(char::escape_debug)
        .collect();
    format!("{} {path}", request.method())
}

/// An answer in which there is an interest until its body is gone.
fn watched(response: Response<WasiBody>, interest: Interest) -> Response<WasiBody> {
    response.map(|body| Watched::new(body, interest).boxed_unsync())
}

/// An answer of the server's own.
fn plain(status: StatusCode) -> Response<WasiBody> {
    let text = format!("{}\n", status.canonical_reason().unwrap_or_default());
    let body = Full::from(text).map_err(|never| match never {});
    let mut response = Response::new(body.boxed_unsync());
    *response.status_mut() = status;
    let text = HeaderValue::from_static("text/plain");
    response.headers_mut().insert(CONTENT_TYPE, text);
    response
}

/// Hyper's timer on Tokio's.
struct TokioTimer;

impl Timer for TokioTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        Box::pin(TokioSleep(Box::pin(tokio::time::sleep(duration))))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(TokioSleep(Box::pin(tokio::time::sleep_until(
            deadline.into(),
        ))))
    }
}

struct TokioSleep(Pin<Box<tokio::time::Sleep>>);

impl Future for TokioSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(context)
    }
}

impl Sleep for TokioSleep {}
