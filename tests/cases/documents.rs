//! Documents that the specification does not allow, and some that it does.
