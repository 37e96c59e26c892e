//! What a blob is: everything that any reference says it is, and what an engine would run.
