//! How much one run asks: `OCIKIT_ORACLE`.

use std::fmt;

/// Which cases there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// What a run of all tests does.
    Short,
    /// Each facet in each place, the import of kind, and each edit of each case.
    Long,
    /// Every two facets of a descriptor at once as well: thousands of cases.
    Pairs,
}

/// A depth, and which part of its cases: `long`, `pairs`, or with a slice `pairs:3/20`, the third of twenty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    pub depth: Depth,
    part: usize,
    of: usize,
}

impl Run {
    /// That of the environment.
    pub fn this() -> Run {
        let value = std::env::var("OCIKIT_ORACLE").unwrap_or_default();
        Run::parsed(&value).unwrap_or_else(|| panic!("OCIKIT_ORACLE is `{value}`, not `long`, `pairs` or `pairs:3/20`"))
    }

    fn parsed(value: &str) -> Option<Run> {
        let (depth, slice) = value.split_once(':').unwrap_or((value, "1/1"));
        let depth = match depth {
            "" => Depth::Short,
            "long" => Depth::Long,
            "pairs" => Depth::Pairs,
            _ => return None,
        };
        let (part, of) = slice.split_once('/')?;
        let (part, of) = (part.parse().ok()?, of.parse().ok()?);
        (1..=of).contains(&part).then_some(Run { depth, part, of })
    }

    pub fn is_long(self) -> bool {
        self.depth >= Depth::Long
    }

    /// Those of the slice.
    pub fn slice<T>(self, all: Vec<T>) -> Vec<T> {
        all.into_iter().skip(self.part - 1).step_by(self.of).collect()
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}/{}", self.depth, self.part, self.of)
    }
}

#[test]
fn the_slices_of_a_run_are_all_of_it() {
    let slice = |value: &str| Run::parsed(value).unwrap().slice(vec![1, 2, 3, 4, 5]);
    assert_eq!(slice("long"), [1, 2, 3, 4, 5]);
    assert_eq!([slice("pairs:1/2"), slice("pairs:2/2")].concat(), [1, 3, 5, 2, 4]);
    assert_eq!(Run::parsed("long:2/3").unwrap().depth, Depth::Long);
    for wrong in ["longer", "pairs:0/2", "pairs:3/2", "pairs:1", "pairs:/"] {
        assert_eq!(Run::parsed(wrong), None, "{wrong}");
    }
}
