//! Pages: one file each, for a browser, without a network.
//!
//! A page holds no script and nothing that could be fetched; its Content-Security-Policy allows its one style sheet, by
//! its hash, and nothing else. What is to be folded or focused is so without a script. Strings of an image get into it
//! only through the type that builds it, which escapes them, and no address is ever made of one. The same report gives
//! the same bytes, however large the image: what is too much is counted instead of shown.

mod diff;
mod element;
mod explanation;
mod findings;
mod layers;
mod node;
mod page;
mod space;
mod squarify;
mod survey;
mod tree;
mod treemap;

pub use diff::diff;
pub use survey::survey;
