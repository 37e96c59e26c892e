//! Texts and lists of any length: what is shown is cut, and output stays linear in the input.
