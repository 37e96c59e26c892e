//! ocikit opens container images that lie in files: OCI archives, `docker save` archives, image-layout directories.
//!
//! It needs no daemon, no registry and no network. The library never prints, never exits the process and never reads
//! the environment. Without default features nothing of the command is built: `default-features = false`.
//!
//! # Open and walk
//!
//! An [`Image`](image::Image) is a [`Source`](source::Source), where the bytes are, and a [`Graph`](graph::Graph), what references
//! what. Opening reads the headers of an archive and its documents, whatever its size.
//!
//! ```
//! use ocikit::image::Image;
//!
//! let image = Image::open("testdata/buildx/sbom-provmax-multi.oci.tar")?;
//! let root = &image.graph.roots[0];
//! assert!(root.names().any(|name| name == "example.com/team/multi:1.0"));
//! let index = root.node.expect("the index is in the file");
//! let platforms: Vec<String> = image
//!     .graph
//!     .images_below(index)
//!     .into_iter()
//!     .filter_map(|id| Some(image.graph.platform_of(id)?.to_string()))
//!     .collect();
//! assert_eq!(platforms, ["linux/amd64", "linux/arm64"]);
//! # Ok::<(), ocikit::Error>(())
//! ```
//!
//! # Verify
//!
//! What is wrong inside a file is a [`Finding`](finding::Finding) in a report; an [`Error`] says that ocikit could not look or
//! could not write. Options grow: build them with `..Default::default()`.
//!
//! ```
//! use ocikit::image::Image;
//! use ocikit::ops::verify::{VerifyOptions, verify};
//!
//! let image = Image::open("testdata/buildx/sbom-provmax-multi.oci.tar")?;
//! let report = verify(&image, &VerifyOptions { deep: true, ..VerifyOptions::default() })?;
//! assert!(report.ok, "{:?}", report.findings);
//! assert_eq!(report.verified.count, 15);
//! # Ok::<(), ocikit::Error>(())
//! ```
//!
//! # Edit
//!
//! A [`Session`](edit::Session) opens a file for a change, an operation says in a [`Draft`](edit::Draft) what it wants,
//! and the session writes the result at once or not at all. Every change is a splice: bytes that were not named stay.
//!
//! ```
//! use ocikit::graph::Selector;
//! use ocikit::edit::{Destination, EditOptions, Session};
//! use ocikit::ops::platform;
//! use ocikit::reference::Address;
//! use ocikit::source::Open;
//!
//! let folder = tempfile::tempdir().expect("a directory");
//! let input = Address::of("testdata/buildx/sbom-provmax-multi.oci.tar");
//! let output = Destination::Path(folder.path().join("arm64.tar"));
//! let session = Session::open(&input, std::io::empty(), &Open::default(), output)?;
//! let arm = "linux/arm64".parse().expect("a platform or a digest");
//! let draft = platform::keep(&session.image, &Selector::default(), &[arm], &EditOptions::default())?;
//! let receipt = session.finish(draft)?;
//! assert_eq!(receipt.changed.len(), 1, "the index has a new digest, the image keeps its own");
//! # Ok::<(), ocikit::Error>(())
//! ```
//!
//! # Write in another format
//!
//! ```
//! use ocikit::graph::Selector;
//! use ocikit::image::Image;
//! use ocikit::ops::repack::{Input, Output, OutputFormat, RepackOptions, repack};
//!
//! let folder = tempfile::tempdir().expect("a directory");
//! let image = Image::open("testdata/buildx/sbom-provmax-multi.oci.tar")?;
//! let inputs = [Input { image, selector: Selector::default() }];
//! let layout = folder.path().join("layout");
//! repack(&inputs, &RepackOptions::new(OutputFormat::OciDir), Output::Path(layout.clone()))?;
//! assert!(layout.join("index.json").is_file());
//! # Ok::<(), ocikit::Error>(())
//! ```
//!
//! # Modules
//!
//! These names are what another program builds on; a release that changes one says so in the changelog. What is not shown
//! here is internal, even where a test needs it to be `pub`.
//!
//! | to | module |
//! |---|---|
//! | open a file | [`image`], and [`source`] for standard input, links and limits |
//! | walk it | [`graph`], with [`doc`] for the documents and [`rootfs`] for the merged root file system |
//! | choose in it | [`mod@reference`], [`platform`] and [`Selector`](graph::Selector) |
//! | verify, compare, convert, repack... | [`ops`]: one verb a module, options in, a report out |
//! | edit it | [`edit`]: drafts, plans and the sessions that write them; [`json`] for splices of a document |
//! | show a report | [`render`]: text, JSON, SARIF, JUnit, workflow commands, HTML |
//! | understand a result | [`finding`], [`error`], [`target`] |
//! | bound or watch the work | [`limits`], [`progress`] |
//! | the terms of the specification | [`digest`], [`media_type`] |

mod checks;
#[cfg(feature = "cli")]
pub mod cli;
// For the fuzz targets in `tests/fuzz`.
#[doc(hidden)]
pub mod codec;
mod command;
pub mod digest;
pub mod doc;
pub mod edit;
pub mod error;
pub mod finding;
pub mod graph;
mod harmful;
pub mod image;
pub mod json;
pub mod limits;
pub mod media_type;
mod near;
pub mod ops;
mod parallel;
pub mod platform;
pub mod progress;
mod readers;
pub mod reference;
pub mod render;
pub mod rootfs;
pub mod signature;
mod sink;
pub mod source;
// For the fuzz targets in `tests/fuzz`.
#[doc(hidden)]
pub mod tar_index;
pub mod target;
mod views;

pub use error::Error;
