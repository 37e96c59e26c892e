//! Members to a directory and back.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use super::{Files, Kind, Member};

impl Files {
    /// Writes the members below a directory that need not exist yet. Devices and pipes have no place there.
    pub fn to_dir(&self, path: impl AsRef<Path>) {
        let root = path.as_ref();
        fs::create_dir_all(root).unwrap();
        for member in self.members() {
            let to = root.join(&member.name);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            match &member.kind {
                Kind::File(content) => {
                    let _ = fs::remove_file(&to);
                    fs::write(&to, content).unwrap();
                    fs::set_permissions(&to, fs::Permissions::from_mode(member.mode & 0o7777)).unwrap();
                }
                Kind::Dir => {
                    fs::create_dir_all(&to).unwrap();
                    fs::set_permissions(&to, fs::Permissions::from_mode(member.mode & 0o7777)).unwrap();
                }
                Kind::Symlink(target) => symlink(target, &to).unwrap(),
                Kind::Hardlink(target) => fs::hard_link(root.join(target), &to).unwrap(),
                other => panic!("`{}`: {other:?} cannot be written to a directory", member.name),
            }
        }
    }

    /// Reads a directory: sorted by name, modes kept, owners and times left out.
    pub fn from_dir(path: impl AsRef<Path>) -> Files {
        let root = path.as_ref();
        let mut files = Files::new();
        for entry in walkdir::WalkDir::new(root).min_depth(1).sort_by_file_name() {
            let entry = entry.unwrap_or_else(|error| panic!("{}: {error}", root.display()));
            let name = entry.path().strip_prefix(root).unwrap().to_str().expect("names here are UTF-8");
            let kind = if entry.path_is_symlink() {
                Kind::Symlink(fs::read_link(entry.path()).unwrap().to_str().unwrap().to_string())
            } else if entry.file_type().is_dir() {
                Kind::Dir
            } else {
                Kind::File(fs::read(entry.path()).unwrap())
            };
            let mut member = Member::new(name, kind);
            if let Kind::File(_) | Kind::Dir = member.kind {
                member.mode = entry.metadata().unwrap().mode() & 0o7777;
            }
            files.push(member);
        }
        files
    }
}
