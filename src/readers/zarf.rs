//! `imageArchives` of a component of `zarf package create`, from the source code of zarf 0.67 and later; not tried.

use super::conditions::{self, when};
use super::names::accepts_full_name;
use super::reader::{Case, Reader, Requirement, Takes, View, loses, refuses};
use super::repair::Repair;
use super::requirements::{self, LAYOUT_SPEC, REPACK};
use crate::graph::engines;

const UNPACK: &str = "https://github.com/zarf-dev/zarf/blob/main/src/pkg/images/unpack.go";
const ARCHIVES: &str = "https://github.com/zarf-dev/zarf/pull/4334";

/// It unpacks the archive, whatever its compression, and copies the images of `index.json` that have a name.
pub(super) static ZARF: Reader = Reader {
    engine: &engines::REGISTRY,
    entries: |facts| facts.named_entries(),
    takes: Takes::OneManifest,
    decodes_everything: false,
    chooses: &[],
    keeps_unnamed: false,
    accepts_name: accepts_full_name,
    requirements: &[&[
        IS_ARCHIVE,
        requirements::BLOBS_IN_PLACE,
        INDEX_JSON,
        LAYOUT_VERSION,
        requirements::AN_IMAGE,
        NAMED,
        NAME,
        requirements::NO_LAYERS_IN_THE_INDEX,
        PLATFORM_OF_THE_MACHINE,
        requirements::MANIFEST_OF_THE_MACHINE,
        requirements::ALL_BLOBS,
        requirements::DISTRIBUTABLE_LAYERS,
        requirements::SIZES,
        requirements::LISTED_SIZES,
        requirements::DECODABLE,
        DIGESTS_OF_CONTENT,
        NAMES,
        requirements::ONE_PLATFORM,
        requirements::LAYERS_COPIED,
        requirements::ATTESTATIONS_KEPT,
        requirements::VIEWS_AGREE,
    ]],
};

const IS_ARCHIVE: Requirement = refuses("archive", View::Any, conditions::is_archive, ARCHIVES, REPACK);
const INDEX_JSON: Requirement = refuses("index.json", View::Any, conditions::has_index, ARCHIVES, REPACK);
const LAYOUT_VERSION: Requirement =
    refuses("layout-version", View::Index, conditions::has_known_layout_version, LAYOUT_SPEC, REPACK);
const NAMED: Requirement = refuses("named", View::Index, has_a_name, UNPACK, &[Repair::Names]);
const NAME: Requirement = refuses("name", View::Index, conditions::has_accepted_names, UNPACK, &[Repair::Names]);
const PLATFORM_OF_THE_MACHINE: Requirement =
    refuses("platform-of-the-machine", View::Index, conditions::has_host_platform, UNPACK, &[Repair::OneImage]);
const DIGESTS_OF_CONTENT: Requirement =
    refuses("digests-of-content", View::Index, conditions::has_documents_of_their_digests, UNPACK, &[]);
const NAMES: Requirement = loses("names", View::Index, conditions::some_are_unnamed, UNPACK, &[]);

fn has_a_name(case: &Case<'_, '_>) -> Option<String> {
    when(case.entries().is_empty(), "no entry of `index.json` has a name")
}
