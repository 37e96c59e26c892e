//! Two facets of a descriptor at once, for the longest runs.

use super::super::image::{Case, Pair};
use super::descriptors::{FACETS, PLACES};

pub fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    if super::super::run::Run::this().depth < super::super::run::Depth::Pairs {
        return all;
    }
    for (at, (one, first)) in FACETS.iter().enumerate() {
        for (other, second) in &FACETS[at + 1..] {
            for (place, write) in PLACES {
                let mut pair = Pair::new(&format!("{one}.{other}.{place}"));
                let mut evil = pair.evil.desc.json();
                first(&mut evil, &pair);
                second(&mut evil, &pair);
                let bytes = write(&mut pair, evil);
                all.push(pair.case(bytes));
            }
        }
    }
    all
}
