//! What untrusted text does to each format: nothing.

use super::*;
use crate::finding::{Code, Finding, Findings, Place};

/// One error with hostile text and a command that fixes it, a warning and a note.
fn hostile(file: &str) -> Checked {
    let mut findings = Findings::new();
    let text = "a <b> & \"c\" % {0} [x](https://example.com) \u{1b}[31m\n::error::x \u{202e}";
    let finding = Finding::new(Code::BlobDigest, Place::at("index.json", "/manifests/0"), text).compared("1", "2");
    findings.push(finding.fixed_by(CommandLine::ocikit("gc").path(file).into_new_file()));
    findings.push(Finding::new(Code::ChildMissing, Place::of("index.json"), "absent"));
    findings.push(Finding::new(Code::BlobUnreferenced, Place::of("blobs/x"), "unreferenced blob"));
    findings.settle(10);
    Checked { results: findings::results(&findings), ..Checked::new("verify", file, false) }
}

fn clean() -> Checked {
    Checked { passed: vec!["linux/amd64".to_owned()], ..Checked::new("compare", "x.tar", true) }
}

fn failed() -> Checked {
    Checked::failed("verify", "gone.tar", "gone.tar: no such file or directory")
}

#[test]
fn github_commands_are_one_line_each() {
    let text = github(&[hostile("a,b:c%.tar"), clean(), failed()]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "::notice file=a%2Cb%3Ac%25.tar,title=blob-unreferenced::blobs/x: unreferenced blob");
    assert_eq!(lines[1], "::warning file=a%2Cb%3Ac%25.tar,title=child-missing::index.json: absent");
    assert!(lines[2].starts_with("::error ") && lines[2].contains("\\u{1b}[31m\\u{a}::error::x"), "{}", lines[2]);
    assert!(
        lines[2].contains("& \"c\" %25 ") && lines[2].ends_with("; fix it with `ocikit gc 'a,b:c%25.tar' -o FIXED`")
    );
    assert_eq!(lines[3], "verify: a,b:c%.tar: 1 error, 1 warning, 1 note");
    assert_eq!(lines[4], "compare: x.tar: ok");
    assert_eq!(lines[5], "::error file=gone.tar,title=verify::cannot be checked: gone.tar: no such file or directory");
    assert_eq!(lines[6], "verify: gone.tar: cannot be checked");
    assert_eq!(lines.len(), 7);
}

#[test]
fn no_file_name_is_a_command() {
    let text = github(&[Checked::new("verify", "##[add-mask]x\n::stop-commands::y", true)]);
    assert_eq!(text, "verify: ## [add-mask]x\\u{a}::stop-commands::y: ok\n");
}

#[test]
fn junit_counts_and_escapes() {
    let text = junit(&[hostile("x.tar"), clean(), failed()]);
    let document = roxmltree::Document::parse(&text).unwrap();
    let root = document.root_element();
    let number = |node: roxmltree::Node<'_, '_>, name: &str| node.attribute(name).unwrap().parse::<usize>().unwrap();
    let suites: Vec<_> = root.children().filter(roxmltree::Node::is_element).collect();
    assert_eq!(suites.len(), 3);
    for (attribute, element) in [("tests", "testcase"), ("failures", "failure"), ("errors", "error")] {
        let of = |node: roxmltree::Node<'_, '_>| node.descendants().filter(|below| below.has_tag_name(element)).count();
        assert_eq!(number(root, attribute), of(root), "{attribute}");
        suites.iter().for_each(|suite| assert_eq!(number(*suite, attribute), of(*suite), "{attribute}"));
    }
    let cases: Vec<&str> = suites[0].children().filter_map(|case| case.attribute("name")).collect();
    assert_eq!(cases, ["verify", "child-missing index.json", "blob-digest index.json#/manifests/0"]);
    let failure = suites[0].descendants().filter(|node| node.has_tag_name("failure")).nth(1).unwrap();
    assert_eq!(failure.attribute("type"), Some("blob-digest"));
    assert!(failure.text().unwrap().contains("a <b> & \"c\" % {0}"), "{failure:?}");
    assert!(!text.contains(['\u{1b}', '\u{202e}']));
    let error = suites[2].descendants().find(|node| node.has_tag_name("error")).unwrap();
    assert_eq!(error.text(), Some("gone.tar: no such file or directory"));
}

#[test]
fn junit_cases_have_names_of_their_own() {
    let mut checked = hostile("x.tar");
    let last = checked.results[2].clone();
    checked.results.push(last);
    let text = junit(&[checked]);
    assert!(text.contains("name=\"blob-digest index.json#/manifests/0\"") && text.contains("#/manifests/0 (2)\""));
}

#[test]
fn sarif_names_each_rule_once() {
    let text = sarif(&[hostile("a b.tar"), hostile("/c/d.tar"), failed()]).unwrap();
    let log: serde_json::Value = serde_json::from_str(&text).unwrap();
    let run = &log["runs"][0];
    let rules: Vec<&str> =
        run["tool"]["driver"]["rules"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap()).collect();
    assert_eq!(rules, ["blob-digest", "blob-unreferenced", "child-missing"]);
    let results = run["results"].as_array().unwrap();
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(result["ruleId"], rules[index]);
    }
    let uri = |at: usize| &results[at]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!((uri(0), uri(3)), (&"a%20b.tar".into(), &"file:///c/d.tar".into()));
    let message = results[2]["message"]["text"].as_str().unwrap();
    assert!(message.contains("{{0}} [x] (https://example.com) \\u{{1b}}"), "{message}");
    assert_eq!(results[2]["properties"]["fix"], "ocikit gc 'a b.tar' -o FIXED");
    assert_eq!(log["version"], "2.1.0");
    let invocation = &run["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let notification = &invocation["toolExecutionNotifications"][0];
    assert_eq!(notification["message"]["text"], "gone.tar: no such file or directory");
}

#[test]
fn a_fingerprint_outlives_a_build() {
    let of = |digest: &str| {
        let mut checked = hostile("x.tar");
        checked.results[0].at = format!("index.json#/manifests/1 -> sha256:{digest}#/layers/0");
        let log: serde_json::Value = serde_json::from_str(&sarif(&[checked]).unwrap()).unwrap();
        log["runs"][0]["results"][0]["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap().to_owned()
    };
    assert_eq!(of(&"ab".repeat(32)), of(&"cd".repeat(32)));
    assert_ne!(of("ab#/layers/1"), of("ab"));
}
