//! An image file as an ordered list of members, before it becomes a tar or a directory.
//!
//! Tests load or build [`Files`], change one thing, and write it: the change is the only defect. A name that is not
//! there, or an edit that changes nothing, fails at once, so that a test cannot pass by missing its aim.

mod disk;
pub mod raw_tar;
mod rewrite;
mod tar_reader;
mod tar_writer;

pub use tar_writer::{LongNames, pax_record};

/// What a member is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    File(Vec<u8>),
    Dir,
    Symlink(String),
    Hardlink(String),
    Fifo,
    /// A character device: major and minor number.
    CharDevice(u32, u32),
    /// A block device: major and minor number.
    BlockDevice(u32, u32),
}

/// One member of an archive or directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The path, `/` between its parts, without a slash at the end of a directory's name.
    pub name: String,
    pub kind: Kind,
    pub mode: u32,
    pub uid: u64,
    pub gid: u64,
    pub mtime: u64,
    /// Records for a PAX header in front of the member, as they are: `("path", "other")`, `("size", "7")`.
    pub pax: Vec<(String, String)>,
}

impl Member {
    /// A member with the mode that fits its kind, owned by root, at the epoch.
    pub fn new(name: &str, kind: Kind) -> Self {
        let mode = match kind {
            Kind::Dir => 0o755,
            Kind::Symlink(_) => 0o777,
            _ => 0o644,
        };
        Member { name: trimmed(name).to_string(), kind, mode, uid: 0, gid: 0, mtime: 0, pax: Vec::new() }
    }
}

/// An ordered list of members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Files {
    members: Vec<Member>,
}

/// Where a layout keeps the blob: `blobs/sha256/<hex>`.
pub fn blob_name(digest: &str) -> String {
    let (algorithm, hex) = digest.split_once(':').unwrap_or_else(|| panic!("`{digest}` is not a digest"));
    format!("blobs/{algorithm}/{hex}")
}

fn trimmed(name: &str) -> &str {
    name.strip_suffix('/').unwrap_or(name)
}

/// Adding members, in order.
impl Files {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn push(&mut self, member: Member) -> &mut Self {
        self.members.push(member);
        self
    }

    pub fn add(&mut self, name: &str, kind: Kind) -> &mut Self {
        self.push(Member::new(name, kind))
    }

    pub fn file(&mut self, name: &str, content: impl Into<Vec<u8>>) -> &mut Self {
        self.add(name, Kind::File(content.into()))
    }

    pub fn dir(&mut self, name: &str) -> &mut Self {
        self.add(name, Kind::Dir)
    }

    pub fn symlink(&mut self, name: &str, target: &str) -> &mut Self {
        self.add(name, Kind::Symlink(target.to_string()))
    }

    pub fn hardlink(&mut self, name: &str, target: &str) -> &mut Self {
        self.add(name, Kind::Hardlink(target.to_string()))
    }

    /// Adds all members of another list.
    pub fn append(&mut self, other: Files) -> &mut Self {
        self.members.extend(other.members);
        self
    }
}

/// Looking.
impl Files {
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    pub fn members_mut(&mut self) -> &mut Vec<Member> {
        &mut self.members
    }

    pub fn names(&self) -> Vec<&str> {
        self.members.iter().map(|member| member.name.as_str()).collect()
    }

    pub fn contains(&self, name: &str) -> bool {
        self.members.iter().any(|member| member.name == trimmed(name))
    }

    /// The last member of this name: what a reader that unpacks would see.
    pub fn member(&self, name: &str) -> &Member {
        &self.members[self.position(name)]
    }

    pub fn member_mut(&mut self, name: &str) -> &mut Member {
        let position = self.position(name);
        &mut self.members[position]
    }

    /// The content of a regular file.
    pub fn bytes(&self, name: &str) -> &[u8] {
        match &self.member(name).kind {
            Kind::File(content) => content,
            other => panic!("`{name}` is not a file but {other:?}"),
        }
    }

    /// The content of a text file.
    pub fn text(&self, name: &str) -> &str {
        std::str::from_utf8(self.bytes(name)).unwrap_or_else(|_| panic!("`{name}` is not text"))
    }

    /// The value at a JSON pointer of a document; `null` where there is none.
    pub fn value_at(&self, name: &str, pointer: &str) -> serde_json::Value {
        let document: serde_json::Value =
            serde_json::from_slice(self.bytes(name)).unwrap_or_else(|error| panic!("`{name}`: {error}"));
        document.pointer(pointer).cloned().unwrap_or_default()
    }

    /// The digest (or any string) at a JSON pointer: `digest_at("index.json", "/manifests/0/digest")`.
    pub fn digest_at(&self, name: &str, pointer: &str) -> String {
        let value = self.value_at(name, pointer);
        value.as_str().unwrap_or_else(|| panic!("`{name}#{pointer}` is not a string but {value}")).to_string()
    }

    /// [`digest_at`](Self::digest_at) in the document with this digest.
    pub fn digest_in(&self, document: &str, pointer: &str) -> String {
        self.digest_at(&blob_name(document), pointer)
    }

    fn position(&self, name: &str) -> usize {
        self.members
            .iter()
            .rposition(|member| member.name == trimmed(name))
            .unwrap_or_else(|| panic!("no member `{name}`; there are:\n  {}", self.names().join("\n  ")))
    }
}

/// Changing one thing.
impl Files {
    /// Gives a file other content; digests that name it are left as they are.
    pub fn replace(&mut self, name: &str, content: impl Into<Vec<u8>>) -> &mut Self {
        self.member_mut(name).kind = Kind::File(content.into());
        self
    }

    /// Changes the text of a document; digests that name it are left as they are.
    pub fn edit_json(&mut self, name: &str, edit: impl FnOnce(&str) -> String) -> &mut Self {
        let before = self.text(name);
        let after = edit(before);
        assert_ne!(before, after, "the edit of `{name}` changed nothing");
        self.replace(name, after)
    }

    /// Inverts one byte of a file.
    pub fn flip_byte(&mut self, name: &str, offset: usize) -> &mut Self {
        let mut content = self.bytes(name).to_vec();
        assert!(offset < content.len(), "`{name}` has {} bytes, there is no byte {offset}", content.len());
        content[offset] ^= 0xff;
        self.replace(name, content)
    }

    /// Cuts a file to this many bytes.
    pub fn truncate(&mut self, name: &str, len: usize) -> &mut Self {
        let content = self.bytes(name);
        assert!(len < content.len(), "`{name}` has {} bytes, cutting at {len} changes nothing", content.len());
        let content = content[..len].to_vec();
        self.replace(name, content)
    }

    /// Removes every member of this name.
    pub fn remove(&mut self, name: &str) -> &mut Self {
        self.position(name);
        self.members.retain(|member| member.name != trimmed(name));
        self
    }

    pub fn rename(&mut self, from: &str, to: &str) -> &mut Self {
        self.member_mut(from).name = trimmed(to).to_string();
        self
    }

    /// Adds a second member of this name at the end, as `tar -r` does.
    pub fn append_duplicate(&mut self, name: &str, content: impl Into<Vec<u8>>) -> &mut Self {
        let mut member = self.member(name).clone();
        member.kind = Kind::File(content.into());
        self.push(member)
    }

    /// Puts the named member at the front.
    pub fn move_first(&mut self, name: &str) -> &mut Self {
        let member = self.members.remove(self.position(name));
        self.members.insert(0, member);
        self
    }

    /// Puts `./`, or a folder such as `myimage/`, in front of every name and hard link target.
    pub fn prefixed(&mut self, prefix: &str) -> &mut Self {
        for member in &mut self.members {
            member.name = format!("{prefix}{}", member.name);
            if let Kind::Hardlink(target) = &mut member.kind {
                *target = format!("{prefix}{target}");
            }
        }
        self
    }

    /// Puts everything into one top folder, with a member for the folder itself.
    pub fn wrapped(&mut self, folder: &str) -> &mut Self {
        self.prefixed(&format!("{folder}/"));
        self.members.insert(0, Member::new(folder, Kind::Dir));
        self
    }
}
