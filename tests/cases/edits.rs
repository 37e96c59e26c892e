//! Edits leave both views in step and `verify` no worse than before.
