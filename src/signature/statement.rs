//! The statement that an envelope or bundle signs.

use super::fault::Fault;
use crate::doc;
use crate::doc::attestation::Statement;
use crate::limits::Limits;

/// The versions of in-toto statements that signers write.
const STATEMENTS: [&str; 2] = ["https://in-toto.io/Statement/v0.1", "https://in-toto.io/Statement/v1"];

/// The signed statement of an envelope, with all that a statement must have.
pub(super) fn statement(payload: &[u8], limits: &Limits) -> Result<Statement, Fault> {
    if let Some(problem) = doc::statement_problems(payload, limits).into_iter().next() {
        return Err(problem.into());
    }
    let statement = Statement::read_bare(payload, limits)?;
    let is_known = statement.kind.as_deref().is_some_and(|kind| STATEMENTS.contains(&kind));
    if !is_known {
        let found = statement.kind.unwrap_or_default();
        return Err(Fault::new("/_type", format!("the version of the statement is `{found}`, not v0.1 or v1")));
    }
    if statement.predicate_type.as_deref().is_none_or(str::is_empty) {
        return Err(Fault::new("", "the statement has no `predicateType`"));
    }
    if !statement.subjects().iter().any(|subject| !subject.digest.is_empty()) {
        return Err(Fault::new("", "the statement names no digest as its `subject`"));
    }
    Ok(statement)
}
