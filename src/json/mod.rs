//! JSON documents whose exact bytes matter: values with their place in the text, and what readers would disagree on.
//!
//! Floor: formats, beside `codec` and `tar_index`. It knows nothing of images.

mod check;
mod document_text;
pub mod edit;
mod lookup;
mod value;

pub use check::{Problem, ProblemKind, check, is_deeper};
pub(crate) use document_text::{DocumentText, StepError, is_equal};
pub use edit::{Edit, EditError};
pub use lookup::Lookup;
pub use value::{Kind, Member, SyntaxError, Value};

/// One token of a JSON pointer, with the slash before it (RFC 6901, section 3).
pub fn pointer_token(key: &str) -> String {
    format!("/{}", key.replace('~', "~0").replace('/', "~1"))
}
