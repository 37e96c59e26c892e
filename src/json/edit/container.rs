//! One array or object of a document: its elements by place, and how they come and go.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::style::Style;
use super::{Kind, Value, quoted};

/// An array or object.
pub(super) struct Container<'a> {
    text: &'a str,
    /// Its place, brackets included.
    pub(super) span: Range<usize>,
    pub(super) elements: Vec<Element<'a>>,
    is_array: bool,
    style: Style,
}

/// An item, or a member with its key.
pub(super) struct Element<'a> {
    key: Option<Cow<'a, str>>,
    span: Range<usize>,
    value: Range<usize>,
}

/// What is to come in.
pub(super) struct New {
    pub(super) key: Option<String>,
    pub(super) value: String,
}

/// What is to happen to the elements, by number.
#[derive(Default)]
pub(super) struct Changes {
    pub(super) removed: BTreeSet<usize>,
    pub(super) replaced: BTreeMap<usize, String>,
    /// By the number of the element that they come before.
    pub(super) inserted: BTreeMap<usize, Vec<New>>,
}

/// What is in the changed container, in order.
enum Slot<'c> {
    Kept(usize),
    New(&'c New),
}

impl<'a> Container<'a> {
    pub(super) fn new(root: Value<'a>, value: Value<'a>, style: Style) -> Self {
        let is_array = value.kind() == Kind::Array;
        Container {
            text: root.document(),
            span: value.span(),
            elements: elements(root.document(), value),
            is_array,
            style,
        }
    }

    /// The element that a pointer's token means: of a key that is listed twice the last, as readers have it.
    pub(super) fn number_of(&self, token: &str) -> Option<usize> {
        self.numbers_of(token).last().copied()
    }

    pub(super) fn numbers_of(&self, token: &str) -> Vec<usize> {
        if self.is_array {
            let number = token.parse().ok().filter(|number| *number < self.elements.len());
            return number.into_iter().collect();
        }
        let named = |element: &Element<'_>| element.key.as_deref() == Some(token);
        (0..self.elements.len()).filter(|&number| named(&self.elements[number])).collect()
    }

    /// The places of what is removed or replaced; no other edit has an effect inside them.
    pub(super) fn gone(&self, changes: &Changes) -> Vec<Range<usize>> {
        let removed = changes.removed.iter().map(|&number| self.elements[number].span.clone());
        removed.chain(changes.replaced.keys().map(|&number| self.elements[number].value.clone())).collect()
    }

    /// The replacements of text that make the changes.
    pub(super) fn splices(&self, changes: &Changes) -> Vec<(Range<usize>, String)> {
        let kept = changes.replaced.iter().filter(|(number, _)| !changes.removed.contains(number));
        let mut splices: Vec<(Range<usize>, String)> = kept
            .map(|(&number, value)| (self.elements[number].value.clone(), self.style.inside().lay_out(value)))
            .collect();
        if !changes.removed.is_empty() || !changes.inserted.is_empty() {
            self.restructure(&self.slots(changes), &mut splices);
        }
        splices
    }

    fn slots<'c>(&self, changes: &'c Changes) -> Vec<Slot<'c>> {
        let mut slots = Vec::new();
        for number in 0..self.elements.len() {
            slots.extend(changes.inserted.get(&number).into_iter().flatten().map(Slot::New));
            if !changes.removed.contains(&number) {
                slots.push(Slot::Kept(number));
            }
        }
        slots.extend(changes.inserted.range(self.elements.len()..).flat_map(|(_, new)| new).map(Slot::New));
        slots
    }

    /// Rewrites what stands between the elements that stay; white space after the opening and before the closing
    /// bracket belongs to the container, not to an element.
    fn restructure(&self, slots: &[Slot<'_>], splices: &mut Vec<(Range<usize>, String)>) {
        let inside = self.span.start + 1..self.span.end - 1;
        let (Some(first), Some(last)) = (self.elements.first(), self.elements.last()) else {
            let new: Vec<String> = slots.iter().filter_map(|slot| self.written(slot)).collect();
            let (open, close) = self.style.around();
            splices.push((inside, format!("{open}{}{close}", new.join(&self.style.gap()))));
            return;
        };
        if slots.is_empty() {
            splices.push((inside, String::new()));
            return;
        }
        let gap = self.style.gap();
        // Where the last element that stays ended, and what is to stand between it and the next one.
        let mut after: Option<usize> = None;
        let mut new: Vec<String> = Vec::new();
        for slot in slots {
            let Slot::Kept(number) = slot else {
                new.extend(self.written(slot));
                continue;
            };
            let start = self.elements[*number].span.start;
            let (range, text) = match after {
                None => (first.span.start..start, new.iter().flat_map(|new| [new, &*gap]).collect::<String>()),
                Some(before) => {
                    let own_gap = &self.text[self.elements[number - 1].span.end..start];
                    let news: String = new.iter().flat_map(|new| [&*gap, new]).collect();
                    (self.elements[before].span.end..start, format!("{news}{own_gap}"))
                }
            };
            if self.text[range.clone()] != text {
                splices.push((range, text));
            }
            after = Some(*number);
            new.clear();
        }
        let (start, text) = match after {
            None => (first.span.start, new.join(&gap)),
            Some(before) => (self.elements[before].span.end, new.iter().flat_map(|new| [&*gap, new]).collect()),
        };
        if start != last.span.end || !text.is_empty() {
            splices.push((start..last.span.end, text));
        }
    }

    fn written(&self, slot: &Slot<'_>) -> Option<String> {
        let Slot::New(new) = slot else { return None };
        let value = self.style.inside().lay_out(&new.value);
        Some(match &new.key {
            Some(key) => format!("{}{}{value}", quoted(key), self.style.colon()),
            None => value,
        })
    }
}

fn elements<'a>(document: &'a str, container: Value<'a>) -> Vec<Element<'a>> {
    if let Some(items) = container.items() {
        return items.iter().map(|item| Element { key: None, span: item.span(), value: item.span() }).collect();
    }
    let mut end = container.span().start + 1;
    let members = container.members().unwrap_or_default();
    members
        .into_iter()
        .map(|member| {
            let value = member.value.span();
            // Only white space and a comma stand before the quote of the key.
            let start = document[end..value.start].find('"').map_or(value.start, |at| end + at);
            end = value.end;
            Element { key: Some(member.key), span: start..value.end, value }
        })
        .collect()
}
