//! What `doctor` predicts and what it prints to be run.
