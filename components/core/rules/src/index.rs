//! Values that belong to hosts, found without asking each rule.

use alloc::collections::BTreeMap;
use alloc::string::String;
use core::net::IpAddr;

use ipnet::IpNet;

use crate::host::{AddressClass, Host, HostPattern};

/// Values that belong to hosts, such as the rules about them, found by host.
///
/// A lookup asks once per label of a name, or once per length of prefix that occurs in the rules.
#[derive(Clone, Debug)]
pub struct HostIndex<T> {
    every_name: Option<T>,
    names: BTreeMap<String, T>,
    subdomains: BTreeMap<String, T>,
    /// By length of prefix, then by address: an address belongs to at most one block of each length.
    v4: BTreeMap<u8, BTreeMap<u128, T>>,
    v6: BTreeMap<u8, BTreeMap<u128, T>>,
}

impl<T> Default for HostIndex<T> {
    fn default() -> Self {
        Self {
            every_name: None,
            names: BTreeMap::new(),
            subdomains: BTreeMap::new(),
            v4: BTreeMap::new(),
            v6: BTreeMap::new(),
        }
    }
}

impl<T: Default> HostIndex<T> {
    /// Calls `add` on the value of `host`, once for each of the blocks that a class consists of.
    pub fn edit(&mut self, host: &Host, mut add: impl FnMut(&mut T)) {
        match host {
            Host::Pattern(HostPattern::Any) => {
                add(self.every_name.get_or_insert_default());
                AddressClass::Any
                    .networks()
                    .iter()
                    .for_each(|&network| add(self.network(network)));
            }
            Host::Pattern(HostPattern::Name(name)) => {
                add(self.names.entry(name.as_str().into()).or_default())
            }
            Host::Pattern(HostPattern::Subdomains(name)) => {
                add(self.subdomains.entry(name.as_str().into()).or_default());
            }
            Host::Network(network) => add(self.network(*network)),
            Host::Class(class) => class
                .networks()
                .iter()
                .for_each(|&network| add(self.network(network))),
        }
    }

    fn network(&mut self, network: IpNet) -> &mut T {
        let (lengths, bits) = match network.network() {
            IpAddr::V4(address) => (&mut self.v4, address.to_bits().into()),
            IpAddr::V6(address) => (&mut self.v6, address.to_bits()),
        };
        lengths
            .entry(network.prefix_len())
            .or_default()
            .entry(bits)
            .or_default()
    }
}

impl<T> HostIndex<T> {
    /// Whether `test` holds for a value that belongs to all of `host`. For a class, and for `*`, it has to hold
    /// for each block (and for every name).
    pub fn any(&self, host: &Host, mut test: impl FnMut(&T) -> bool) -> bool {
        let every_name = self.every_name.iter();
        match host {
            Host::Pattern(HostPattern::Any) => {
                every_name.into_iter().any(&mut test)
                    && self.any_networks(AddressClass::Any.networks(), test)
            }
            Host::Pattern(HostPattern::Name(name)) => {
                let parents = name
                    .parents()
                    .filter_map(|domain| self.subdomains.get(domain));
                every_name
                    .chain(self.names.get(name.as_str()))
                    .chain(parents)
                    .any(test)
            }
            Host::Pattern(HostPattern::Subdomains(name)) => {
                let parents = name
                    .parents()
                    .filter_map(|domain| self.subdomains.get(domain));
                every_name
                    .chain(self.subdomains.get(name.as_str()))
                    .chain(parents)
                    .any(test)
            }
            Host::Network(network) => self.any_network(*network, test),
            Host::Class(class) => self.any_networks(class.networks(), test),
        }
    }

    fn any_networks(&self, networks: &[IpNet], mut test: impl FnMut(&T) -> bool) -> bool {
        networks
            .iter()
            .all(|&network| self.any_network(network, &mut test))
    }

    fn any_network(&self, network: IpNet, mut test: impl FnMut(&T) -> bool) -> bool {
        let (lengths, bits, width) = match network.network() {
            IpAddr::V4(address) => (&self.v4, address.to_bits().into(), 32),
            IpAddr::V6(address) => (&self.v6, address.to_bits(), 128),
        };
        lengths
            .range(..=network.prefix_len())
            .any(|(&length, blocks)| {
                let shift = width - u32::from(length);
                // A shift by the whole width is not defined; the only block of length 0 starts at 0.
                let start: u128 = if shift == 128 {
                    0
                } else {
                    bits >> shift << shift
                };
                blocks.get(&start).is_some_and(&mut test)
            })
    }
}
