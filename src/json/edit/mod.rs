//! Splices: changes of a JSON document's text that leave every byte alone that was not named.
//!
//! Nothing is parsed into a structure and written back, so unknown fields, the order of keys, the spelling of numbers
//! and the document's own white space stay as they are.

mod container;
mod style;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
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
    /// Takes an array item or an object member away, with its comma. A key that stands twice goes twice.
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
    /// The pointer leads to nothing, or to something of another kind.
    #[error("`{pointer}`: no {wanted} there")]
    Absent {
        /// The pointer.
        pointer: String,
        /// What was looked for.
        wanted: &'static str,
    },
    /// The key of a new member is there already.
    #[error("`{pointer}`: the key `{key}` is there already")]
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
    let mut plan = Plan::new(Value::parse(text)?);
    for edit in edits {
        plan.take(edit)?;
    }
    let mut changed = String::with_capacity(document.len());
    changed.push_str(&document[..document.len() - text.len()]);
    let mut at = 0;
    for (range, new) in plan.splices() {
        changed.push_str(&text[at..range.start]);
        changed.push_str(&new);
        at = range.end;
    }
    changed.push_str(&text[at..]);
    Ok(changed)
}

/// What is to happen to each container of a document, by the offset at which it begins.
struct Plan<'a> {
    root: Value<'a>,
    lookup: Lookup<'a>,
    usual: Usual,
    whole: Option<String>,
    containers: BTreeMap<usize, (Container<'a>, Changes)>,
}

impl<'a> Plan<'a> {
    fn new(root: Value<'a>) -> Self {
        Plan {
            root,
            lookup: Lookup::new(root),
            usual: Usual::of(root.document()),
            whole: None,
            containers: BTreeMap::new(),
        }
    }

    fn take(&mut self, edit: &Edit) -> Result<(), EditError> {
        match edit {
            Edit::Replace { pointer, value } => {
                let value = parsed(value)?;
                if pointer.is_empty() {
                    return set_once(&mut self.whole, value, pointer);
                }
                let (parent, token) = parent_of(pointer)?;
                let (container, changes) = self.container(parent, None)?;
                let number = container.number_of(&token).ok_or_else(|| absent(pointer, "value"))?;
                if changes.replaced.insert(number, value).is_some() {
                    return Err(EditError::Twice { pointer: pointer.clone() });
                }
            }
            Edit::Remove { pointer } => {
                let (parent, token) = parent_of(pointer)?;
                let (container, changes) = self.container(parent, None)?;
                let numbers = container.numbers_of(&token);
                if numbers.is_empty() {
                    return Err(absent(pointer, "value"));
                }
                changes.removed.extend(numbers);
            }
            Edit::InsertItem { array, at, value } => {
                let value = parsed(value)?;
                let (_, changes) = self.container(array, Some(Kind::Array))?;
                changes.inserted.entry(*at).or_default().push(New { key: None, value });
            }
            Edit::InsertMember { object, at, key, value } => {
                let value = parsed(value)?;
                let (container, changes) = self.container(object, Some(Kind::Object))?;
                if container.number_of(key).is_some_and(|number| !changes.removed.contains(&number)) {
                    return Err(EditError::KeyExists { pointer: object.clone(), key: key.clone() });
                }
                changes.inserted.entry(*at).or_default().push(New { key: Some(key.clone()), value });
            }
            Edit::Set { object, key, value } => {
                let value = parsed(value)?;
                let (container, changes) = self.container(object, Some(Kind::Object))?;
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

    fn container(&mut self, pointer: &str, kind: Option<Kind>) -> Result<&mut (Container<'a>, Changes), EditError> {
        let wanted = match kind {
            Some(Kind::Object) => "object",
            Some(_) => "array",
            None => "array or object",
        };
        let value = self.lookup.at(pointer).ok_or_else(|| absent(pointer, wanted))?;
        let fits = kind.map_or(matches!(value.kind(), Kind::Array | Kind::Object), |kind| kind == value.kind());
        if !fits {
            return Err(absent(pointer, wanted));
        }
        let (root, lookup, usual) = (self.root, &mut self.lookup, &self.usual);
        Ok(self.containers.entry(value.span().start).or_insert_with(|| {
            let parent = pointer.rsplit_once('/').and_then(|(parent, _)| lookup.at(parent));
            let style = Style::of(value, parent, usual);
            (Container::new(root, value, style), Changes::default())
        }))
    }

    /// The replacements of text, in order, none touching another.
    fn splices(self) -> Vec<(Range<usize>, String)> {
        if let Some(whole) = self.whole {
            return vec![(self.root.span(), whole)];
        }
        let mut gone: Vec<Range<usize>> =
            self.containers.values().flat_map(|(container, changes)| container.gone(changes)).collect();
        gone.sort_by_key(|gone| gone.start);
        // Of all that begin before a span, the end of the one that ends last.
        let ends: Vec<usize> = gone
            .iter()
            .scan(0, |last, gone| {
                *last = gone.end.max(*last);
                Some(*last)
            })
            .collect();
        let is_gone = |span: &Range<usize>| {
            let before = gone.partition_point(|gone| gone.start <= span.start);
            before.checked_sub(1).is_some_and(|last| span.end <= ends[last])
        };
        let mut splices: Vec<(Range<usize>, String)> = self
            .containers
            .values()
            .filter(|(container, _)| !is_gone(&container.span))
            .flat_map(|(container, changes)| container.splices(changes))
            .collect();
        splices.sort_by_key(|(range, _)| (range.start, range.end));
        splices
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
