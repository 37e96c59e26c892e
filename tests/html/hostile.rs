//! Strings that would like to be more than text.

use super::page::{diff, inspect, parse};
use crate::support::{Artifact, Image, Index, Json, Layer, Layout, Store, TestEnv, arr, obj};

/// What a stranger may write, each with what the page is to show.
pub(super) const HOSTILE: [(&str, &str); 8] = [
    ("<script>document.title='hacked'</script>", "<script>document.title='hacked'</script>"),
    ("<img src=x onerror=\"document.title='hacked'\">", "<img src=x onerror=\"document.title='hacked'\">"),
    ("</style></title></details><svg onload=alert(1)>", "</style></title></details><svg onload=alert(1)>"),
    ("' autofocus onfocus='x' \" onclick=\"y", "' autofocus onfocus='x' \" onclick=\"y"),
    ("javascript:alert(1)", "javascript:alert(1)"),
    ("&lt;b&gt; &#60;i>", "&lt;b&gt; &#60;i>"),
    ("a\u{202e}b\u{200b}c", "a\\u{202e}b\\u{200b}c"),
    ("]]> <!-- --> <?x ?>\u{1b}[31m", "]]> <!-- --> <?x ?>\\u{1b}[31m"),
];

/// An image that says this wherever an image can say something; `n` makes two of them differ.
pub(super) fn image(env: &TestEnv, file: &str, text: &str, n: u8) {
    let labels = Json::Object(vec![(format!("{text} label"), Json::from(format!("{text} {n}")))]);
    let run = obj([("Env", arr([format!("{text} env")])), ("Labels", labels), ("User", text.into())]);
    // A name ends at a NUL and is split at slashes; the rest of it is free.
    let path = text.replace('/', "|");
    let layer = Layer::of(&[(&format!("etc/{path}"), "content"), (&format!("bin/{path}{n}"), &"x".repeat(900))])
        .symlink("link", text)
        .annotation(text, text)
        .media_type(&format!("{text} layer"));
    let built = |store: &mut Store| {
        Image::new("linux/amd64")
            .layer(layer)
            .layer(Layer::of(&[("etc/small", "s")]))
            .history(&format!("{text} history {n}"), false)
            .history("COPY", false)
            .annotation(&format!("{text} key"), &format!("{text} value {n}"))
            .config_field("author", format!("{text} author"))
            .config_field("variant", format!("{text} variant"))
            .config_field("config", run)
            .put(store)
    };
    let mut store = Store::new();
    let built = built(&mut store);
    let manifest = built.desc.clone().annotate(text, text).extra("artifactType", text);
    let referrer = Artifact::new(text).file(text, "content", text).subject(&built.desc).put(&mut store);
    let index = Index::of([&manifest]).annotation(text, text).field(text, text).put(&mut store);
    let files = Layout::new(&store).root(&index.named(&format!("{text}:{n}"))).root(&referrer).files();
    env.write_tar(file, &files);
}

#[test]
fn hostile_strings_are_text() {
    for (text, shown) in HOSTILE {
        let env = TestEnv::new();
        image(&env, "a.tar", text, 1);
        image(&env, "b.tar", text, 2);
        for page in [inspect(&env, &["a.tar"]), diff(&env, &["a.tar", "b.tar", "--files"])] {
            let document = parse(&page);
            let all: String =
                document.descendants().filter_map(|node| node.text().filter(|_| node.is_text())).collect();
            assert!(all.contains(shown), "{shown}");
            for raw in ["<script", "<img", "<svg onload", "</title></"] {
                assert!(!page.contains(raw), "{raw}");
            }
        }
    }
}

#[test]
fn a_file_name_is_text_too() {
    let env = TestEnv::new();
    let name = "<b title='x'>&.tar";
    image(&env, name, "plain", 1);
    let page = inspect(&env, &[name]);
    let document = parse(&page);
    let title = document.descendants().find(|node| node.has_tag_name("title")).unwrap();
    assert_eq!(title.text(), Some("<b title='x'>&.tar · ocikit"));
}
