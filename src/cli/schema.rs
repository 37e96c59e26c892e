//! `ocikit schema`

use std::path::PathBuf;

use anyhow::{Result, bail};

use super::exit::Status;
use super::pages;
use super::policy;
use super::ui::Ui;
use crate::near;
use crate::render::{SchemaKind, schemas};

/// Write the JSON schemas of reports and policy files
///
/// Each document names its schema in its first member, for example ocikit/verify/v1. Without NAME the command lists
/// the names.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The name of a schema, for example verify or ocikit/verify/v1
    #[arg(value_name = "NAME", conflicts_with = "output")]
    name: Option<String>,
    /// Write all schemas to this directory, and create it if it is missing
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// Those of the reports, and that of policy files.
fn all() -> impl Iterator<Item = &'static SchemaKind> {
    schemas().iter().chain([&policy::SCHEMA])
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    match (args.name, args.output) {
        (Some(name), _) => {
            let Some(schema) = all().find(|schema| name == schema.name || name == schema.id()) else {
                let meant = near::nearest(&name, all().map(|schema| schema.name));
                bail!("unknown schema `{name}`{}; `ocikit schema` lists the schemas", near::question(meant.as_deref()));
            };
            ui.print(&schema.text())?;
        }
        (None, Some(directory)) => {
            pages::write(&directory, all().map(|schema| (schema.file_name(), schema.text())))?;
        }
        (None, None) => {
            let lines: Vec<String> = all().map(|schema| schema.id() + "\n").collect();
            ui.print(&lines.concat())?;
        }
    }
    Ok(Status::Ok)
}
