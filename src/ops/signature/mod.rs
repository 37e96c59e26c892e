//! `signature`: what is signed in a file, and by whom as far as signatures say it. Nothing is compared with a key here.

mod find;
mod list;
mod show;

pub use list::{ListOptions, ListReport, SignatureEntry, list};
pub use show::{ShowEntry, ShowReport, show, write_payload};
