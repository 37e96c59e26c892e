//! Where in an image file something stands.

use std::fmt;

use serde::{Serialize, Serializer};

/// The way from the top of an image file to a value: documents, and in each the JSON pointer to the next.
///
/// Shown as `index.json#/manifests/1 -> sha256:ab12...#/layers/0`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    steps: Vec<Step>,
}

/// One document on the way, and where in it the way goes on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step {
    /// A member's name or a digest.
    pub document: String,
    /// A JSON pointer (RFC 6901), empty for the whole document.
    pub pointer: String,
}

impl Place {
    /// A whole document or member.
    pub fn of(document: impl Into<String>) -> Self {
        Place { steps: vec![Step { document: document.into(), pointer: String::new() }] }
    }

    /// A value within a document.
    pub fn at(document: impl Into<String>, pointer: impl Into<String>) -> Self {
        Place { steps: vec![Step { document: document.into(), pointer: pointer.into() }] }
    }

    /// The same place, led on into another document.
    #[must_use]
    pub fn then(mut self, document: impl Into<String>) -> Self {
        self.steps.push(Step { document: document.into(), pointer: String::new() });
        self
    }

    /// The same place, deeper in its last document: `pointer` is added to the one that stands there.
    #[must_use]
    pub fn within(mut self, pointer: &str) -> Self {
        if let Some(last) = self.steps.last_mut() {
            last.pointer.push_str(pointer);
        }
        self
    }

    /// The same place in an image file that is beside the one that is reported on.
    #[cfg(feature = "signatures")]
    #[must_use]
    pub(crate) fn in_file(mut self, name: &str) -> Self {
        self.steps.insert(0, Step { document: name.to_owned(), pointer: String::new() });
        self
    }

    /// The documents on the way, outermost first.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.steps.iter().enumerate() {
            if number > 0 {
                f.write_str(" -> ")?;
            }
            f.write_str(&step.document)?;
            if !step.pointer.is_empty() {
                write!(f, "#{}", step.pointer)?;
            }
        }
        Ok(())
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_shows_the_way() {
        let place = Place::of("index.json").within("/manifests").within("/1").then("sha256:ab").within("/layers/0");
        assert_eq!(place.to_string(), "index.json#/manifests/1 -> sha256:ab#/layers/0");
        assert_eq!(Place::of("oci-layout").to_string(), "oci-layout");
    }
}
