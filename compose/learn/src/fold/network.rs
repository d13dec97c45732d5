//! Sockets and name lookups.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use interpose_rules::{HostName, Protocol};

use crate::seen::Seen;
use crate::state::{Called, State};
use crate::uses::{Local, LookedUp, NOBODY, Peer};

/// The error of a refused call.
const DENIED: &str = "access-denied";

/// Reads the text of a lookup.
fn looked_up(text: &str) -> Option<LookedUp> {
    let inside = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    match inside.unwrap_or(text).parse::<IpAddr>() {
        Ok(address) => Some(LookedUp::Address(address.to_canonical())),
        Err(_) => {
            let name = HostName::parse(text).ok()?;
            Some(LookedUp::Name(name.as_str().to_owned()))
        }
    }
}

/// An address by the name of its case and its parts: four bytes, or eight words.
fn ip(case: &str, parts: Seen<'_>) -> Option<IpAddr> {
    let part = |position| parts.part(position)?.number();
    let address: IpAddr = match case {
        "ipv4" => {
            let mut bytes = [0; 4];
            for (position, byte) in bytes.iter_mut().enumerate() {
                *byte = u8::try_from(part(position)?).ok()?;
            }
            Ipv4Addr::from(bytes).into()
        }
        _ => {
            let mut words = [0; 8];
            for (position, word) in words.iter_mut().enumerate() {
                *word = u16::try_from(part(position)?).ok()?;
            }
            Ipv6Addr::from(words).into()
        }
    };
    // As rules read it.
    Some(address.to_canonical())
}

/// An `ip-address`.
fn address(value: Seen<'_>) -> Option<IpAddr> {
    let (case, parts) = value.case()?;
    ip(case, parts?)
}

/// An `ip-socket-address`.
fn socket_address(value: Seen<'_>) -> Option<SocketAddr> {
    let (case, record) = value.case()?;
    let record = record?;
    let port = u16::try_from(record.field("port")?.number()?).ok()?;
    Some(SocketAddr::new(ip(case, record.field("address")?)?, port))
}

impl State {
    pub(crate) fn note_network(&mut self, call: &Called<'_>) {
        let name = call.name();
        let protocol = match name.starts_with("udp") || name.contains("datagram") {
            true => Protocol::Udp,
            false => Protocol::Tcp,
        };
        let address = |position| call.argument(position).and_then(socket_address);
        match name {
            "create-tcp-socket" => self.note_socket(call, Protocol::Tcp),
            "create-udp-socket" => self.note_socket(call, Protocol::Udp),
            "resolve-addresses" => self.note_lookup(call),
            "resolve-address-stream.resolve-next-address" => self.note_found(call),
            "tcp-socket.start-connect" => self.note_peer(call, protocol, address(2)),
            "udp-socket.stream" => {
                let peer = call.argument(1).and_then(Seen::some);
                if let Some(peer) = peer {
                    self.note_peer(call, protocol, socket_address(peer));
                }
            }
            "outgoing-datagram-stream.send" => {
                for datagram in call.argument(1).into_iter().flat_map(Seen::items) {
                    let peer = datagram.field("remote-address").and_then(Seen::some);
                    if let Some(peer) = peer {
                        self.note_peer(call, protocol, socket_address(peer));
                    }
                }
            }
            "tcp-socket.start-bind" | "udp-socket.start-bind" => {
                let Some(address) = address(2) else {
                    return;
                };
                match call.error() {
                    Some(DENIED) => self.refuse(call, address.to_string(), DENIED),
                    _ => {
                        let local = Local { protocol, address };
                        *self.uses.binds.entry(local).or_default() += 1;
                    }
                }
            }
            _ => {}
        }
    }

    fn note_socket(&mut self, call: &Called<'_>, protocol: Protocol) {
        match call.error() {
            Some(DENIED) => self.refuse(call, protocol.to_string(), DENIED),
            _ => *self.uses.sockets.entry(protocol).or_default() += 1,
        }
    }

    fn note_peer(&mut self, call: &Called<'_>, protocol: Protocol, address: Option<SocketAddr>) {
        let Some(address) = address else {
            return;
        };
        if call.error() == Some(DENIED) {
            return self.refuse(call, address.to_string(), DENIED);
        }
        let port = address.port();
        if port == 0 {
            return self.note_unnameable(format!("a connection to {address}"));
        }
        let host = match self.lookups.names.get(&address.ip()) {
            Some(name) => LookedUp::Name(name.clone()),
            None => LookedUp::Address(address.ip()),
        };
        let peer = Peer {
            protocol,
            host,
            port,
        };
        *self.uses.connects.entry(peer).or_default() += 1;
    }

    fn note_lookup(&mut self, call: &Called<'_>) {
        let Some(text) = call.argument(1).and_then(Seen::text) else {
            return;
        };
        match call.error() {
            Some(DENIED) => return self.refuse(call, text.to_owned(), DENIED),
            Some("invalid-argument") => {
                let nobody = LookedUp::Name(NOBODY.to_owned());
                *self.uses.lookups.entry(nobody).or_default() += 1;
                return;
            }
            _ => {}
        }
        let Some(subject) = looked_up(text) else {
            return self.note_unnameable(format!("a lookup of `{text}`"));
        };
        if let Some(stream) = call.ok().and_then(Seen::handle) {
            self.lookups.streams.insert(stream, subject.clone());
        }
        *self.uses.lookups.entry(subject).or_default() += 1;
    }

    fn note_found(&mut self, call: &Called<'_>) {
        let subject = call
            .subject()
            .and_then(|own| self.lookups.streams.get(&own));
        let found = call.ok().and_then(Seen::some).and_then(address);
        if let (Some(LookedUp::Name(name)), Some(address)) = (subject, found) {
            self.lookups.names.insert(address, name.clone());
        }
    }
}
