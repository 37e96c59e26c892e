//! Layers are read as engines read them, and never without their digest.
