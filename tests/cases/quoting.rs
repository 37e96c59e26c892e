//! What is printed to be pasted is quoted, and works.
