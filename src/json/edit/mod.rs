//! Splices: changes of a JSON document's text that leave every byte alone that was not named.
//!
//! Nothing is parsed into a structure and written back, so unknown fields, the order of keys, the spelling of numbers
//! and the document's own white space stay as they are.

mod container;
mod style;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use super::{Kind, Lookup, SyntaxError, Value};
use container::{Changes, Container, New};
use style::{Style, Usual};

/// One change. Every pointer (RFC 6901) and number refers to the document as it was before any change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Puts another value in the place of one.
    Replace {
        /// The value.
        pointer: String,
        /// The new one, as JSON text.
        value: String,
    },
    /// Takes an array item or an object member away, with its comma. A key that is listed twice goes twice.
    Remove {
        /// The item, or the member's value.
        pointer: String,
    },
    /// Adds an array item.
    InsertItem {
        /// The array.
        array: String,
        /// The number of the item that it comes before; the array's length or more puts it last.
        at: usize,
        /// The item, as JSON text.
        value: String,
    },
    /// Adds an object member; the key must not be there.
    InsertMember {
        /// The object.
        object: String,
        /// The number of the member that it comes before; the object's length or more puts it last.
        at: usize,
        /// The key, not escaped.
        key: String,
        /// The value, as JSON text.
        value: String,
    },
    /// Puts another value under a key, or adds the key as the last member.
    Set {
        /// The object.
        object: String,
        /// The key, not escaped.
        key: String,
        /// The value, as JSON text.
        value: String,
    },
}

/// Why a document was not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EditError {
    /// The document is not JSON.
    #[error("not JSON: {0}")]
    Syntax(#[from] SyntaxError),
    /// A new value is not JSON.
    #[error("the new value is not JSON: {0}")]
    Value(SyntaxError),
    /// The pointer points to nothing, or to something of another kind.
    #[error("`{pointer}`: no {wanted} there")]
    Absent {
        /// The pointer.
        pointer: String,
        /// What was looked for.
        wanted: &'static str,
    },
    /// The key of a new member is there already.
    #[error("`{pointer}`: the key `{key}` exists already")]
    KeyExists {
        /// The object.
        pointer: String,
        /// The key.
        key: String,
    },
    /// Two edits replace one value.
    #[error("`{pointer}`: replaced twice")]
    Twice {
        /// The value.
        pointer: String,
    },
}

/// Text as a JSON string, with its quotes.
pub fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A document after some edits. An edit inside a value that another edit removes or replaces has no effect.
///
/// New values are laid out as their neighbours are: on one line, or indented. A byte order mark stays.
///
/// # Errors
///
/// When the document or a new value is not JSON, or a pointer leads nowhere.
pub fn apply(document: &str, edits: &[Edit]) -> Result<String, EditError> {
    let text = document.strip_prefix('\u{feff}').unwrap_or(document);
    let splices = Plan::new(Value::parse(text)?, edits).splices()?;
    let mut changed = String::with_capacity(document.len());
    changed.push_str(&document[..document.len() - text.len()]);
    let mut at = 0;
    for (range, new) in splices {
        changed.push_str(&text[at..range.start]);
        changed.push_str(&new);
        at = range.end;
    }
    changed.push_str(&text[at..]);
    Ok(changed)
}

impl Edit {
    /// The array or object that it changes, and which of the two that has to be; None for the whole document.
    fn container(&self) -> Result<Option<(&str, Option<Kind>)>, EditError> {
        Ok(match self {
            Edit::Replace { pointer, .. } if pointer.is_empty() => None,
            Edit::Replace { pointer, .. } | Edit::Remove { pointer } => Some((parent_of(pointer)?.0, None)),
            Edit::InsertItem { array, .. } => Some((array, Some(Kind::Array))),
            Edit::InsertMember { object, .. } | Edit::Set { object, .. } => Some((object, Some(Kind::Object))),
        })
    }
}

/// Documents list a hundred thousand descriptors and more: only one container is taken apart at a time.
struct Plan<'a, 'e> {
    root: Value<'a>,
    lookup: Lookup<'a>,
    usual: Usual,
    edits: &'e [Edit],
}

/// An edit and its container.
struct Step<'e> {
    /// Where the container begins.
    start: usize,
    pointer: &'e str,
    edit: &'e Edit,
}

impl<'a, 'e> Plan<'a, 'e> {
    fn new(root: Value<'a>, edits: &'e [Edit]) -> Self {
        Plan { root, lookup: Lookup::new(root), usual: Usual::of(root.document()), edits }
    }

    /// The replacements of text, in order, none touching another.
    fn splices(mut self) -> Result<Vec<(Range<usize>, String)>, EditError> {
        let mut whole = None;
        let mut steps = Vec::with_capacity(self.edits.len());
        for edit in self.edits {
            match (edit.container()?, edit) {
                (Some((pointer, kind)), _) => {
                    let start = self.value(pointer, kind)?.span().start;
                    steps.push(Step { start, pointer, edit });
                }
                (None, Edit::Replace { pointer, value }) => set_once(&mut whole, parsed(value)?, pointer)?,
                (None, _) => {}
            }
        }
        // Those of one container stay as they were given; a container comes before those inside it.
        steps.sort_by_key(|step| step.start);
        let mut splices = Vec::new();
        let mut gone = Gone::default();
        for steps in steps.chunk_by(|one, other| one.start == other.start) {
            let (Some(first), mut changes) = (steps.first(), Changes::default()) else { continue };
            let container = self.opened(first.pointer)?;
            steps.iter().try_for_each(|step| take(step.edit, &container, &mut changes))?;
            if !gone.covers(&container.span) {
                splices.extend(container.splices(&changes));
            }
            gone.extend(container.gone(&changes));
        }
        if let Some(whole) = whole {
            return Ok(vec![(self.root.span(), whole)]);
        }
        splices.sort_by_key(|(range, _)| (range.start, range.end));
        Ok(splices)
    }

    fn opened(&mut self, pointer: &str) -> Result<Container<'a>, EditError> {
        let value = self.value(pointer, None)?;
        let parent = pointer.rsplit_once('/').and_then(|(parent, _)| self.lookup.at(parent));
        Ok(Container::new(self.root, value, Style::of(value, parent, &self.usual)))
    }

    /// An array or object, of the kind that is wanted.
    fn value(&mut self, pointer: &str, kind: Option<Kind>) -> Result<Value<'a>, EditError> {
        let wanted = match kind {
            Some(Kind::Object) => "object",
            Some(_) => "array",
            None => "array or object",
        };
        let value = self.lookup.at(pointer).ok_or_else(|| absent(pointer, wanted))?;
        let fits = kind.map_or(matches!(value.kind(), Kind::Array | Kind::Object), |kind| kind == value.kind());
        if fits { Ok(value) } else { Err(absent(pointer, wanted)) }
    }
}

/// Notes what an edit makes of the elements of its container.
fn take(edit: &Edit, container: &Container<'_>, changes: &mut Changes) -> Result<(), EditError> {
    match edit {
        Edit::Replace { pointer, value } => {
            let value = parsed(value)?;
            let (_, token) = parent_of(pointer)?;
            let number = container.number_of(&token).ok_or_else(|| absent(pointer, "value"))?;
            if changes.replaced.insert(number, value).is_some() {
                return Err(EditError::Twice { pointer: pointer.clone() });
            }
        }
        Edit::Remove { pointer } => {
            let (_, token) = parent_of(pointer)?;
            let numbers = container.numbers_of(&token);
            if numbers.is_empty() {
                return Err(absent(pointer, "value"));
            }
            changes.removed.extend(numbers);
        }
        Edit::InsertItem { at, value, .. } => {
            let value = parsed(value)?;
            changes.inserted.entry(*at).or_default().push(New { key: None, value });
        }
        Edit::InsertMember { object, at, key, value } => {
            let value = parsed(value)?;
            if container.number_of(key).is_some_and(|number| !changes.removed.contains(&number)) {
                return Err(EditError::KeyExists { pointer: object.clone(), key: key.clone() });
            }
            changes.inserted.entry(*at).or_default().push(New { key: Some(key.clone()), value });
        }
        Edit::Set { object, key, value } => {
            let value = parsed(value)?;
            match container.number_of(key) {
                Some(number) => {
                    if changes.replaced.insert(number, value).is_some() {
                        let pointer = format!("{object}{}", super::pointer_token(key));
                        return Err(EditError::Twice { pointer });
                    }
                }
                None => {
                    let last = container.elements.len();
                    changes.inserted.entry(last).or_default().push(New { key: Some(key.clone()), value });
                }
            }
        }
    }
    Ok(())
}

/// The places of values that are removed or replaced, for containers in the order in which they begin.
#[derive(Default)]
struct Gone {
    /// Those that begin behind the last container, the first of them on top.
    ahead: BinaryHeap<Reverse<(usize, usize)>>,
    /// Of all others, the end of the one that ends last.
    end: usize,
}

impl Gone {
    fn extend(&mut self, places: Vec<Range<usize>>) {
        self.ahead.extend(places.into_iter().map(|place| Reverse((place.start, place.end))));
    }

    fn covers(&mut self, span: &Range<usize>) -> bool {
        while let Some(&Reverse((_, end))) = self.ahead.peek().filter(|Reverse((start, _))| *start <= span.start) {
            self.end = self.end.max(end);
            self.ahead.pop();
        }
        span.end <= self.end
    }
}

fn parsed(value: &str) -> Result<String, EditError> {
    Value::parse(value).map(|value| value.text().to_owned()).map_err(EditError::Value)
}

fn set_once(slot: &mut Option<String>, value: String, pointer: &str) -> Result<(), EditError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(EditError::Twice { pointer: pointer.to_owned() }),
    }
}

/// The pointer to the container, and the last token unescaped.
fn parent_of(pointer: &str) -> Result<(&str, String), EditError> {
    let (parent, token) = pointer.rsplit_once('/').ok_or_else(|| absent(pointer, "array item or object member"))?;
    Ok((parent, token.replace("~1", "/").replace("~0", "~")))
}

fn absent(pointer: &str, wanted: &'static str) -> EditError {
    EditError::Absent { pointer: pointer.to_owned(), wanted }
}
