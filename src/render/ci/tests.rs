//! What strangers' text does to each format: nothing.

use super::*;
use crate::finding::{Code, Place};

fn findings() -> Findings {
    let mut findings = Findings::new();
    let hostile = "a <b> & \"c\" % \u{1b}[31m\n::error::x \u{202e}";
    findings.push(Finding::new(Code::BlobDigest, Place::at("index.json", "/manifests/0"), hostile).compared("1", "2"));
    findings.push(Finding::new(Code::ChildMissing, Place::of("index.json"), "absent"));
    findings.push(Finding::new(Code::BlobUnreferenced, Place::of("blobs/x"), "orphan"));
    findings.settle(10);
    findings
}

#[test]
fn github_commands_are_one_line_each() {
    let findings = findings();
    let text = github(&[Checked { file: "a,b:c.tar", check: "verify", findings: &findings }]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0], "::notice file=a%2Cb%3Ac.tar,title=blob-unreferenced::blobs/x: orphan");
    assert_eq!(lines[1], "::warning file=a%2Cb%3Ac.tar,title=child-missing::index.json: absent");
    assert!(lines[2].starts_with("::error ") && lines[2].contains("%25") && lines[2].contains("\\u{1b}[31m\\u{a}"));
}

#[test]
fn junit_counts_and_escapes() {
    let findings = findings();
    let text = junit(&[Checked { file: "x.tar", check: "verify", findings: &findings }]);
    assert!(text.contains("<testsuite name=\"x.tar\" tests=\"3\" failures=\"2\">"), "{text}");
    assert_eq!(text.matches("<testcase ").count(), 3);
    assert_eq!(text.matches("<failure ").count(), 2);
    assert!(text.contains("a &lt;b&gt; &amp; &quot;c&quot;"));
    assert!(!text.contains(['\u{1b}', '\u{202e}']));
    let clean = Findings::new();
    let text = junit(&[Checked { file: "x.tar", check: "verify", findings: &clean }]);
    assert!(text.contains("tests=\"1\" failures=\"0\""));
}

#[test]
fn sarif_names_each_rule_once() {
    let findings = findings();
    let text = sarif(&[Checked { file: "a b.tar", check: "verify", findings: &findings }]).unwrap();
    let log: serde_json::Value = serde_json::from_str(&text).unwrap();
    let run = &log["runs"][0];
    let rules: Vec<&str> =
        run["tool"]["driver"]["rules"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap()).collect();
    assert_eq!(rules, ["blob-digest", "blob-unreferenced", "child-missing"]);
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(result["ruleId"], rules[index]);
        assert_eq!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "a%20b.tar");
    }
    assert_eq!(log["version"], "2.1.0");
}
