//! The documents at the top of an image file: `oci-layout`, `index.json`, `manifest.json`, `repositories`.

use super::Loader;
use crate::digest::Digest;
use crate::doc::{self, DockerImage, Document, docker, memory};
use crate::finding::{Code, Finding, Place, Severity};
use crate::graph::Kind;
use crate::graph::node::{Content, DockerFile, Key, NodeId, Role, Via};
use crate::graph::roots::{DockerEntry, Root};
use crate::source::{Resolution, plain};

impl Loader<'_> {
    pub(super) fn layout_file(&mut self) {
        if !self.source.format().index_view {
            return;
        }
        match self.top_document("oci-layout") {
            Some(bytes) => self.note_top("oci-layout", doc::read_layout_file(&bytes, self.limits).problems),
            // apko writes a docker archive with an index beside it, which is no layout.
            None if self.source.format().docker_view || self.has_finding("oci-layout") => {}
            None => {
                let detail = "the file `oci-layout`, which every image layout requires, is missing";
                self.find(Finding::new(Code::LayoutFileMissing, Place::of("oci-layout"), detail));
            }
        }
    }

    pub(super) fn index(&mut self) {
        if !self.source.format().index_view {
            return;
        }
        let Some(bytes) = self.top_document("index.json") else {
            if !self.has_finding("index.json") {
                let detail = "`index.json` is missing; its images cannot be listed";
                self.find(Finding::new(Code::IndexMissing, Place::of("index.json"), detail));
            }
            return;
        };
        let read = doc::read_layout_index(&bytes, self.limits);
        if read.view.manifests.is_empty() && read.problems.iter().all(|p| p.code.severity() != Severity::Error) {
            self.find(Finding::new(
                Code::LayoutEmpty,
                Place::at("index.json", "/manifests"),
                "`index.json` lists no manifest",
            ));
        }
        self.note_top("index.json", read.problems);
        self.memory += memory::of_index(&read.view) as u64;
        if let Some(subject) = read.view.subject {
            self.enter(&subject, Role::Subject, Via::Index(0), 0);
        }
        for (number, descriptor) in read.view.manifests {
            let node = self.enter(&descriptor, Role::Manifest(number), Via::Index(number), 0);
            self.graph.roots.push(Root { number, descriptor, node });
        }
    }

    pub(super) fn docker_manifest(&mut self) {
        if !self.source.format().docker_view {
            return;
        }
        let Some(bytes) = self.top_document("manifest.json") else {
            if !self.has_finding("manifest.json") {
                let detail = "`manifest.json` is missing; its images cannot be listed";
                self.find(Finding::new(Code::DockerFileMissing, Place::of("manifest.json"), detail));
            }
            return;
        };
        let read = doc::read_docker_manifest(&bytes, self.limits);
        if read.view.is_empty() && read.problems.iter().all(|p| p.code.severity() != Severity::Error) {
            let detail = "`manifest.json` lists no image; skopeo and containerd refuse the archive, docker and podman load \
                nothing";
            self.find(Finding::new(Code::LayoutEmpty, Place::of("manifest.json"), detail));
        }
        self.note_top("manifest.json", read.problems);
        for (number, image) in read.view {
            self.docker_image(number, image);
        }
    }

    fn docker_image(&mut self, number: u32, image: DockerImage) {
        let config = image.config.ok().cloned().and_then(|name| self.enter_file(&name, number, DockerFile::Config));
        let mut layers = Vec::with_capacity(image.layers.len());
        for (layer, name) in (0..).zip(&image.layers) {
            layers.push(self.enter_file(name, number, DockerFile::Layer(layer)));
        }
        self.graph.docker.push(DockerEntry { number, image, config, layers });
    }

    pub(super) fn repositories(&mut self) {
        if let Some(bytes) = self.top_document("repositories").filter(|_| self.source.format().docker_view) {
            let read = doc::read_repositories(&bytes, self.limits);
            self.note_top("repositories", read.problems);
            self.graph.repositories = read.view;
        }
    }

    /// A document at the top, with a finding when it is there and cannot be read.
    fn top_document(&mut self, name: &str) -> Option<Vec<u8>> {
        let member = match self.source.resolve(name) {
            Resolution::File(member) => member,
            Resolution::Absent => return None,
            other => {
                self.find_link(name, Place::of(name), other);
                return None;
            }
        };
        match self.source.read(member, self.limits.document_bytes) {
            Ok(bytes) => Some(bytes),
            Err(error) => {
                self.find_unreadable(Place::of(name), &error);
                None
            }
        }
    }

    /// The node of a file that `manifest.json` names, made when it is new. Empty names stand for no file.
    pub(super) fn enter_file(&mut self, name: &str, image: u32, file: DockerFile) -> Option<NodeId> {
        if name.is_empty() {
            return None;
        }
        let via = Via::Docker(image, file);
        let resolution = self.source.resolve(name);
        let member = match resolution {
            Resolution::File(member) => Some(member),
            Resolution::Absent => None,
            other => {
                self.find_link(name, Place::at("manifest.json", file.pointer(image)), other);
                None
            }
        };
        if member.is_some() && plain(name).is_some_and(|plain| plain != name) {
            let detail = "the name of the file is not in its plain form; containerd and crane do not find the file";
            let at = Place::at("manifest.json", file.pointer(image));
            self.find(Finding::new(Code::DockerFileName, at, detail).found(name));
        }
        if let Some(known) = member.and_then(|member| self.graph.holders[member]) {
            if let (DockerFile::Config, Some(member)) = (file, member) {
                self.read_docker_config(known, member, name);
            }
            return Some(known);
        }
        let own_name = member.map_or(name, |member| &self.source.members()[member].name);
        let key = match Digest::from_blob_path(own_name) {
            Some(digest) => Key::Digest(digest),
            None => Key::Member(own_name.into()),
        };
        if let Some(&known) = self.graph.numbers.get(&key) {
            return Some(known);
        }
        let kind = if file == DockerFile::Config { Kind::Config } else { Kind::Layer };
        let content = member.map_or(Content::Absent, Content::Member);
        let id = self.add(key, kind, content, via);
        if let (DockerFile::Config, Some(member)) = (file, member) {
            self.read_docker_config(id, member, name);
        }
        Some(id)
    }

    fn read_docker_config(&mut self, id: NodeId, member: usize, name: &str) {
        if self.graph.nodes[id].document != Document::Opaque {
            return;
        }
        match self.source.read(member, self.limits.document_bytes) {
            Ok(bytes) => {
                let read = doc::read_config(&bytes, self.limits);
                if !self.holds(id, memory::of_config(&read.view) + memory::of_problems(&read.problems)) {
                    return;
                }
                let node = &mut self.graph.nodes[id];
                node.document = Document::Config(Box::new(read.view));
                node.problems = read.problems;
                node.found = docker::config_digest(name).and_then(|digest| digest.differs(&bytes));
            }
            Err(error) => self.note_unreadable(id, &error),
        }
    }
}
