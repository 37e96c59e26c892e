//! A page as a parser that forgives nothing sees it.

use crate::support::TestEnv;
pub(crate) use crate::support::page::{checked, parse};

/// The page of an image file, checked.
#[track_caller]
pub(crate) fn inspect(env: &TestEnv, args: &[&str]) -> String {
    let run = env.ocikit(&[&["inspect", "--html", "-"], args].concat());
    assert!(run.code < 2, "{run}");
    checked(String::from_utf8(run.stdout_bytes).unwrap())
}

/// The page of two, checked; they differ.
#[track_caller]
pub(crate) fn diff(env: &TestEnv, args: &[&str]) -> String {
    let run = env.ocikit(&[&["diff", "--html", "-"], args].concat()).expect_code(1);
    checked(String::from_utf8(run.stdout_bytes).unwrap())
}

/// The text of the element of an id, a line for each line of the page.
pub(crate) fn text(page: &str, id: &str) -> String {
    let document = parse(page);
    let element = document.descendants().find(|node| node.attribute("id") == Some(id));
    let text: String = element.expect("an element of this id").descendants().filter_map(own_text).collect();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

fn own_text<'a>(node: roxmltree::Node<'a, '_>) -> Option<&'a str> {
    if node.is_text() { node.text() } else { None }
}
