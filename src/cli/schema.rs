//! `ocikit schema`

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::exit::Status;
use super::ui::Ui;
use crate::near;
use crate::render::schemas;

/// Write the JSON schemas of what --format json writes
///
/// Each document names its schema in its first member, as ocikit/verify/v1. Without NAME the names are listed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The name of a schema, as verify or ocikit/verify/v1
    #[arg(value_name = "NAME", conflicts_with = "output")]
    name: Option<String>,
    /// Write all schemas into this directory, made when it is absent
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub(crate) fn run(args: Args, ui: &Ui) -> Result<Status> {
    match (args.name, args.output) {
        (Some(name), _) => {
            let Some(schema) = schemas().iter().find(|schema| name == schema.name || name == schema.id()) else {
                let meant = near::nearest(&name, schemas().iter().map(|schema| schema.name));
                bail!("no schema is named `{name}`{}; `ocikit schema` lists them", near::question(meant.as_deref()));
            };
            ui.print(&schema.text())?;
        }
        (None, Some(directory)) => {
            std::fs::create_dir_all(&directory).with_context(|| format!("{}: cannot make", directory.display()))?;
            for schema in schemas() {
                let path = directory.join(schema.file_name());
                std::fs::write(&path, schema.text()).with_context(|| format!("{}: cannot write", path.display()))?;
            }
        }
        (None, None) => {
            let lines: Vec<String> = schemas().iter().map(|schema| schema.id() + "\n").collect();
            ui.print(&lines.concat())?;
        }
    }
    Ok(Status::Ok)
}
