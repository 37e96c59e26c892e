//! JUnit XML, as Jenkins and GitLab read it.

use std::collections::HashMap;

use super::{CheckResult, Checked};
use crate::finding::Severity;
use crate::render::markup::Markup;

/// One suite a file. Its first case is the check as a whole; then what passed, a failed case for each error, and a passed
/// one with output for each warning.
pub fn junit(files: &[Checked]) -> String {
    let suites: Vec<Suite> = files.iter().map(Suite::of).collect();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let counts = suites.iter().fold(Counts::default(), |sum, suite| sum.plus(suite.counts()));
    out.push_str(&format!("<testsuites name=\"ocikit\" {counts}>\n"));
    suites.iter().for_each(|suite| suite.write(&mut out));
    out.push_str("</testsuites>\n");
    out
}

/// How one case ended.
enum Outcome {
    Passed,
    Output(String),
    /// The element (`failure` or `error`), its type, its message, its text.
    Broken(&'static str, String, String, String),
}

struct Case {
    name: String,
    outcome: Outcome,
}

struct Suite {
    name: String,
    cases: Vec<Case>,
}

impl Suite {
    fn of(checked: &Checked) -> Self {
        let mut cases = vec![Case { name: checked.check.to_owned(), outcome: whole(checked) }];
        cases.extend(checked.passed.iter().map(|name| Case { name: name.clone(), outcome: Outcome::Passed }));
        cases.extend(checked.results.iter().filter_map(case));
        // Viewers take two cases of one name for one.
        let mut met: HashMap<String, usize> = HashMap::new();
        for case in &mut cases {
            let count = met.entry(case.name.clone()).or_default();
            *count += 1;
            if *count > 1 {
                case.name.push_str(&format!(" ({count})"));
            }
        }
        Suite { name: checked.title(), cases }
    }

    fn counts(&self) -> Counts {
        let broken = |wanted: &str| {
            self.cases
                .iter()
                .filter(|case| matches!(&case.outcome, Outcome::Broken(what, ..) if *what == wanted))
                .count()
        };
        Counts { tests: self.cases.len(), failures: broken("failure"), errors: broken("error") }
    }

    fn write(&self, out: &mut String) {
        let suite = escaped(&self.name);
        out.push_str(&format!("  <testsuite name=\"{suite}\" {}>\n", self.counts()));
        for case in &self.cases {
            let open = format!("    <testcase classname=\"{suite}\" name=\"{}\"", escaped(&case.name));
            match &case.outcome {
                Outcome::Passed => out.push_str(&format!("{open}/>\n")),
                Outcome::Output(text) => {
                    out.push_str(&format!(
                        "{open}>\n      <system-out>{}</system-out>\n    </testcase>\n",
                        escaped(text)
                    ));
                }
                Outcome::Broken(what, kind, message, text) => {
                    let (kind, message, text) = (escaped(kind), escaped(message), escaped(text));
                    // GitLab shows the text of the element, Jenkins its message too.
                    let element = format!("<{what} type=\"{kind}\" message=\"{message}\">{text}</{what}>");
                    out.push_str(&format!("{open}>\n      {element}\n    </testcase>\n"));
                }
            }
        }
        out.push_str("  </testsuite>\n");
    }
}

/// The case that stands for the check as a whole: it fails where the exit code is not 0.
fn whole(checked: &Checked) -> Outcome {
    let kind = checked.check.to_owned();
    if let Some(failure) = &checked.failure {
        return Outcome::Broken("error", kind, "cannot be checked".to_owned(), failure.clone());
    }
    let counts = checked.counts();
    match checked.ok {
        true if checked.left_out == 0 => Outcome::Passed,
        true => Outcome::Output(counts),
        false => Outcome::Broken("failure", kind, counts.clone(), counts),
    }
}

fn case(result: &CheckResult) -> Option<Case> {
    let outcome = match result.level {
        Severity::Error => Outcome::Broken("failure", result.rule.id.clone(), result.message.clone(), result.line()),
        Severity::Warning => Outcome::Output(result.line()),
        Severity::Note => return None,
    };
    Some(Case { name: format!("{} {}", result.rule.id, result.at), outcome })
}

#[derive(Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
}

impl Counts {
    fn plus(self, other: Counts) -> Counts {
        Counts {
            tests: self.tests + other.tests,
            failures: self.failures + other.failures,
            errors: self.errors + other.errors,
        }
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "tests=\"{}\" failures=\"{}\" errors=\"{}\"", self.tests, self.failures, self.errors)
    }
}

fn escaped(text: &str) -> String {
    Markup(text).to_string()
}
