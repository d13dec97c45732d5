//! A table of some functions of WASI and of one other interface, as a probe would have it, and events of them.
#![allow(dead_code, reason = "each test uses a part")]

use std::sync::Arc;

use interpose_calls::{
    Case, Event, Field, Function, Kind, Parameter, ResourceType, Style, Table, Type, TypeId, Value,
};

/// Puts a table together.
#[derive(Default)]
pub struct Builder {
    pub table: Table,
}

impl Builder {
    pub fn ty(&mut self, kind: Kind) -> TypeId {
        let size = match &kind {
            Kind::Bool => 1,
            Kind::String | Kind::List(_) => 8,
            _ => 4,
        };
        self.sized(kind, size)
    }

    pub fn sized(&mut self, kind: Kind, size: u32) -> TypeId {
        self.table.types.push(Type {
            size,
            alignment: 1,
            flat: 1,
            kind,
        });
        self.table.types.len() as TypeId - 1
    }

    pub fn resource(&mut self, interface: &str, name: &str) -> u32 {
        self.table.resources.push(ResourceType {
            interface: interface.into(),
            name: name.into(),
        });
        self.table.resources.len() as u32 - 1
    }

    pub fn own(&mut self, resource: u32) -> TypeId {
        self.ty(Kind::Own(resource))
    }

    pub fn borrow(&mut self, resource: u32) -> TypeId {
        self.ty(Kind::Borrow(resource))
    }

    pub fn record(&mut self, fields: &[(&str, TypeId)]) -> TypeId {
        let fields = fields.iter().map(|(name, ty)| Field {
            name: (*name).into(),
            ty: *ty,
            offset: 0,
        });
        let fields = fields.collect();
        self.ty(Kind::Record(fields))
    }

    pub fn variant(&mut self, style: Style, cases: &[(&str, Option<TypeId>)]) -> TypeId {
        let cases = cases.iter().map(|(name, ty)| Case {
            name: (*name).into(),
            ty: *ty,
        });
        let cases = cases.collect();
        self.ty(Kind::Variant {
            style,
            tag: 1,
            payload: 4,
            cases,
        })
    }

    pub fn option(&mut self, ty: TypeId) -> TypeId {
        self.variant(Style::Option, &[("none", None), ("some", Some(ty))])
    }

    pub fn result(&mut self, ok: Option<TypeId>, err: Option<TypeId>) -> TypeId {
        self.variant(Style::Result, &[("ok", ok), ("err", err)])
    }

    pub fn function(
        &mut self,
        interface: &str,
        name: &str,
        parameters: &[(&str, TypeId)],
        result: Option<TypeId>,
    ) {
        let parameters = parameters.iter().map(|(name, ty)| Parameter {
            name: (*name).into(),
            ty: *ty,
            offset: 0,
        });
        self.table.functions.push(Function {
            interface: interface.into(),
            name: name.into(),
            parameters: parameters.collect(),
            result,
            arguments_in_memory: false,
            result_in_memory: false,
        });
    }
}

/// The table of the tests.
pub fn table() -> Arc<Table> {
    let mut b = Builder::default();
    let fs = "wasi:filesystem/types@0.2.6";
    let io = "wasi:io/streams@0.2.6";
    let tcp = "wasi:sockets/tcp@0.2.6";
    let http = "wasi:http/types@0.2.6";
    let descriptor = b.resource(fs, "descriptor");
    let input = b.resource(io, "input-stream");
    let output = b.resource(io, "output-stream");
    let pollable = b.resource("wasi:io/poll@0.2.6", "pollable");
    let socket = b.resource(tcp, "tcp-socket");
    let network = b.resource("wasi:sockets/network@0.2.6", "network");
    let request = b.resource(http, "outgoing-request");
    let future = b.resource(http, "future-incoming-response");
    let response = b.resource(http, "incoming-response");
    let invoice = b.resource("acme:billing/invoices@1.2.0", "invoice");

    let string = b.ty(Kind::String);
    let u8 = b.sized(Kind::Unsigned, 1);
    let u16 = b.sized(Kind::Unsigned, 2);
    let u64 = b.sized(Kind::Unsigned, 8);
    let bytes = b.ty(Kind::List(u8));
    let own = b.own(descriptor);
    let this = b.borrow(descriptor);
    let pair = b.record(&[("", own), ("", string)]);
    let pairs = b.ty(Kind::List(pair));
    let read = b.ty(Kind::Flags(vec!["read".into(), "write".into()]));
    let code = b.variant(
        Style::Enum,
        &[
            ("access", None),
            ("no-entry", None),
            ("not-permitted", None),
        ],
    );
    let opened = b.result(Some(own), Some(code));
    b.function(
        "wasi:filesystem/preopens@0.2.6",
        "get-directories",
        &[],
        Some(pairs),
    );
    let open = [("self", this), ("path", string), ("flags", read)];
    b.function(fs, "[method]descriptor.open-at", &open, Some(opened));
    let own_input = b.own(input);
    let streamed = b.result(Some(own_input), Some(code));
    let via = [("self", this), ("offset", u64)];
    b.function(
        fs,
        "[method]descriptor.read-via-stream",
        &via,
        Some(streamed),
    );
    let this = b.borrow(input);
    let got = b.result(Some(bytes), Some(code));
    b.function(
        io,
        "[method]input-stream.read",
        &[("self", this), ("len", u64)],
        Some(got),
    );
    let own_pollable = b.own(pollable);
    b.function(
        io,
        "[method]input-stream.subscribe",
        &[("self", this)],
        Some(own_pollable),
    );
    let own_output = b.own(output);
    b.function("wasi:cli/stdout@0.2.6", "get-stdout", &[], Some(own_output));
    let this = b.borrow(output);
    let done = b.result(None, Some(code));
    let written = [("self", this), ("contents", bytes)];
    b.function(io, "[method]output-stream.write", &written, Some(done));
    let this = b.borrow(socket);
    let lent = b.borrow(network);
    let v4 = b.record(&[("", u8), ("", u8), ("", u8), ("", u8)]);
    let v4 = b.record(&[("port", u16), ("address", v4)]);
    let v6 = b.record(&[("", u16); 8]);
    let v6 = b.record(&[
        ("port", u16),
        ("flow-info", u64),
        ("address", v6),
        ("scope-id", u64),
    ]);
    let address = b.variant(Style::Variant, &[("ipv4", Some(v4)), ("ipv6", Some(v6))]);
    let connect = [
        ("self", this),
        ("network", lent),
        ("remote-address", address),
    ];
    b.function(
        tcp,
        "[method]tcp-socket.start-connect",
        &connect,
        Some(done),
    );
    let streams = b.record(&[("", own_input), ("", own_output)]);
    let connected = b.result(Some(streams), Some(code));
    b.function(
        tcp,
        "[method]tcp-socket.finish-connect",
        &[("self", this)],
        Some(connected),
    );
    let own = b.own(request);
    let this = b.borrow(request);
    let method = b.variant(
        Style::Variant,
        &[("get", None), ("post", None), ("other", Some(string))],
    );
    let maybe = b.option(string);
    let set = b.result(None, None);
    b.function(http, "[constructor]outgoing-request", &[], Some(own));
    let of = |ty| [("self", this), ("value", ty)];
    b.function(
        http,
        "[method]outgoing-request.set-method",
        &of(method),
        Some(set),
    );
    b.function(
        http,
        "[method]outgoing-request.set-authority",
        &of(maybe),
        Some(set),
    );
    b.function(
        http,
        "[method]outgoing-request.set-path-with-query",
        &of(maybe),
        Some(set),
    );
    let own_future = b.own(future);
    let handled = b.result(Some(own_future), Some(code));
    b.function(
        "wasi:http/outgoing-handler@0.2.6",
        "handle",
        &[("request", own)],
        Some(handled),
    );
    let own_response = b.own(response);
    let inner = b.result(Some(own_response), Some(code));
    let outer = b.result(Some(inner), None);
    let maybe = b.option(outer);
    let this = b.borrow(future);
    b.function(
        http,
        "[method]future-incoming-response.get",
        &[("self", this)],
        Some(maybe),
    );
    b.function(
        "wasi:clocks/monotonic-clock@0.2.6",
        "subscribe-duration",
        &[("when", u64)],
        Some(own_pollable),
    );
    let this = b.borrow(invoice);
    b.function(
        "acme:billing/invoices@1.2.0",
        "[method]invoice.pay",
        &[("self", this)],
        None,
    );
    b.function("wasi:cli/exit@0.2.6", "exit", &[("status", set)], None);
    b.table.check().expect("a table");
    Arc::new(b.table)
}

pub fn text(text: &str) -> Value {
    Value::String {
        text: text.into(),
        length: text.len() as u64,
    }
}

pub fn bytes(bytes: &[u8]) -> Value {
    Value::Bytes {
        bytes: bytes.to_vec(),
        length: bytes.len() as u64,
    }
}

pub fn list(items: &[Value]) -> Value {
    Value::List {
        items: items.to_vec(),
        length: items.len() as u64,
    }
}

pub fn case(case: u32, payload: Option<Value>) -> Value {
    Value::Variant {
        case,
        payload: payload.map(Box::new),
    }
}

pub fn ok(value: Value) -> Value {
    case(0, Some(value))
}

pub fn resource(identity: u64) -> Value {
    Value::Resource(identity)
}

/// The position of a function.
pub fn position(table: &Table, name: &str) -> u32 {
    let mut functions = table.functions.iter();
    let found = functions.position(|function| function.name.ends_with(name));
    found.unwrap_or_else(|| panic!("{name}")) as u32
}

/// The position of a type of resources.
pub fn kind(table: &Table, name: &str) -> u32 {
    let mut kinds = table.resources.iter();
    kinds.position(|kind| kind.name == name).expect(name) as u32
}

/// A call and its return.
pub fn call(table: &Table, name: &str, arguments: &[Value], result: Option<Value>) -> [Event; 2] {
    let function = position(table, name);
    [
        Event::Call {
            function,
            arguments: arguments.to_vec(),
        },
        Event::Return { function, result },
    ]
}

/// What a program does that opens, reads and closes a file.
pub fn reading(table: &Table) -> Vec<Event> {
    let directories = list(&[Value::Record(vec![resource(1), text("/data")])]);
    let flags = || Value::Flags(vec![1]);
    let mut events = Vec::new();
    events.extend(call(table, "get-directories", &[], Some(directories)));
    let open = [resource(1), text("./a.txt"), flags()];
    events.extend(call(table, "open-at", &open, Some(ok(resource(2)))));
    let open = [resource(1), text("no\n"), flags()];
    events.extend(call(
        table,
        "open-at",
        &open,
        Some(case(1, Some(case(1, None)))),
    ));
    let via = [resource(2), Value::Unsigned(0)];
    events.extend(call(table, "read-via-stream", &via, Some(ok(resource(1)))));
    let read = [resource(1), Value::Unsigned(4096)];
    let got = bytes(b"hello\n\xff \"you\"");
    events.extend(call(table, "input-stream.read", &read, Some(ok(got))));
    events.push(Event::Drop {
        resource: kind(table, "descriptor"),
        identity: 2,
    });
    let open = [resource(1), text("../secret"), flags()];
    events.extend(call(
        table,
        "open-at",
        &open,
        Some(case(1, Some(case(2, None)))),
    ));
    events.extend(call(table, "get-stdout", &[], Some(resource(1))));
    let long = bytes(&[b'x'; 100]);
    events.extend(call(
        table,
        "output-stream.write",
        &[resource(1), long],
        Some(case(0, None)),
    ));
    events
}
