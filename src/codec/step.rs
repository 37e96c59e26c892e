//! One call into a decoder.

/// What one call into a decoder gave.
pub(super) struct Step {
    /// Bytes written to the output.
    pub(super) wrote: usize,
    /// Whether the member or frame has ended.
    pub(super) ended: bool,
}
