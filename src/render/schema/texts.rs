//! Schemas of types whose JSON is not derived: most are texts.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::command::CommandLine;
use crate::digest::Digest;
use crate::finding::{Code, Place};
use crate::graph::Kind;
use crate::media_type::MediaType;
use crate::ops::diff::Ignore;
use crate::ops::files::{FileRow, Listing};
use crate::source::FileFormat;
use crate::target::Asked;

macro_rules! texts {
    ($($type:ident $description:literal;)*) => {
        $(impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "description": $description })
            }
        })*
    };
}

// Lists that grow (codes, kinds, targets) are no enumerations, so that a new one breaks no reader.
texts! {
    Asked "A target as in `--for`, with its version if one was given.";
    Code "The code of the finding: `ocikit explain --list` lists all codes.";
    Digest "A digest: an algorithm, a colon, and usually hexadecimal digits.";
    Ignore "What was ignored: `annotations`, `attestations`, `compression`, `created`, `history`, `layers`, `manifest` or `names`.";
    Kind "The kind of a blob: `index`, `image`, `attestation`, `signature`, `sbom`, `artifact`, `cache`, `config`, \
        `layer` or `blob`.";
    MediaType "A media type as stored.";
    Place "The path from the top of the file: documents, each with a JSON pointer after `#`, separated by ` -> `.";
    FileFormat "The format of the image file: `layout directory`, `OCI archive`, `docker archive`, `dual archive`, `skopeo \
        directory`, or an archive unpacked into a directory.";
}

impl JsonSchema for CommandLine {
    fn schema_name() -> Cow<'static, str> {
        "CommandLine".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "array",
            "items": { "type": "string" },
            "description": "The arguments of an `ocikit` command, with `{output}` for the new file."
        })
    }
}

impl JsonSchema for Listing {
    fn schema_name() -> Cow<'static, str> {
        "Listing".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Vec::<FileRow<'_>>::json_schema(generator)
    }
}
