//! Who gets in: so many connections in all, and so many from one address.

use crate::tally::Tally;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Connections from one address that is not this machine's, unless that is set.
const PER_ADDRESS: usize = 256;

/// Counts who is in.
#[derive(Debug)]
pub struct Gate {
    connections: usize,
    per_address: Option<usize>,
    n_refused: Tally,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    n_connections: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A place among all that there may be: kept as long as this or a copy lives. An extension of a connection's requests, for one
/// that becomes a WebSocket keeps it.
#[derive(Clone, Debug)]
pub struct Place(#[expect(dead_code, reason = "it is there to be dropped")] Arc<Taken>);

#[derive(Debug)]
struct Taken {
    gate: Arc<Gate>,
    address: IpAddr,
}

/// There is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// For anybody.
    All,
    /// For this address.
    Address,
}

impl Gate {
    /// A gate for so many in all, and so many from one address; `None` is 256, and any number from this machine.
    #[must_use]
    pub fn new(connections: usize, per_address: Option<usize>) -> Arc<Self> {
        Arc::new(Self {
            connections,
            per_address,
            n_refused: Tally::default(),
            counts: Mutex::default(),
        })
    }

    /// Takes a place.
    ///
    /// # Errors
    /// [`Full`], when there is none.
    pub fn enter(self: &Arc<Self>, peer: IpAddr) -> Result<Place, Full> {
        self.take(peer).inspect_err(|_| self.n_refused.add_one())
    }

    fn take(self: &Arc<Self>, peer: IpAddr) -> Result<Place, Full> {
        let address = holder(peer);
        let mut counts = self.counts();
        if counts.n_connections >= self.connections {
            return Err(Full::All);
        }
        let default = if address.is_loopback() {
            usize::MAX
        } else {
            PER_ADDRESS
        };
        let n_here = counts.by_address.entry(address).or_default();
        if *n_here >= self.per_address.unwrap_or(default) {
            return Err(Full::Address);
        }
        *n_here += 1;
        counts.n_connections += 1;
        let gate = self.clone();
        Ok(Place(Arc::new(Taken { gate, address })))
    }

    /// How many have found no place.
    #[must_use]
    pub fn n_refused(&self) -> u64 {
        self.n_refused.get()
    }

    /// How many are in.
    #[must_use]
    pub fn n_connections(&self) -> usize {
        self.counts().n_connections
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut counts = self.gate.counts();
        counts.n_connections -= 1;
        if let Entry::Occupied(mut here) = counts.by_address.entry(self.address) {
            *here.get_mut() -= 1;
            if *here.get() == 0 {
                here.remove();
            }
        }
    }
}

/// What counts as one address: of IPv6, whoever has one has 2^64 of them (RFC 6177).
fn holder(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_place_is_free_again_once_nobody_holds_it() {
        let gate = Gate::new(2, None);
        let here = address("127.0.0.1");
        let (first, second) = (gate.enter(here).unwrap(), gate.enter(here).unwrap());
        let copy = first.clone();
        assert_eq!(gate.enter(here).unwrap_err(), Full::All);
        drop(first);
        assert_eq!(gate.enter(here).unwrap_err(), Full::All);
        drop(copy);
        let third = gate.enter(here).unwrap();
        assert_eq!(gate.n_connections(), 2);
        drop((second, third));
        assert_eq!(gate.n_connections(), 0);
        assert!(gate.counts().by_address.is_empty());
    }

    #[test]
    fn one_address_cannot_take_every_place() {
        let gate = Gate::new(1_000, None);
        let many = |text: &str, n: usize| -> Vec<_> {
            (0..n).map(|_| gate.enter(address(text)).unwrap()).collect()
        };
        let _own = many("127.0.0.1", 300);
        let _others = many("192.0.2.1", 256);
        for (other, is_full) in [
            ("192.0.2.1", true),
            ("::ffff:192.0.2.1", true),
            ("192.0.2.2", false),
            ("127.0.0.1", false),
        ] {
            let expected = is_full.then_some(Full::Address);
            assert_eq!(gate.enter(address(other)).err(), expected, "{other}");
        }
    }

    #[test]
    fn a_network_of_ipv6_is_one_address() {
        let gate = Gate::new(10, Some(1));
        let _place = gate.enter(address("2001:db8::1")).unwrap();
        for (other, is_full) in [
            ("2001:db8::2", true),
            ("2001:db8:0:0:ffff::", true),
            ("2001:db8:0:1::1", false),
            ("::1", false),
        ] {
            let expected = is_full.then_some(Full::Address);
            assert_eq!(gate.enter(address(other)).err(), expected, "{other}");
        }
    }
}
