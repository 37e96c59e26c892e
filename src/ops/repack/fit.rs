//! Writing for one program: the shape that it takes, and whether it will take the result, by the table of `doctor`.

use super::form::Form;
use super::parcel::Parcel;
use crate::codec::Compression;
use crate::error::Error;
use crate::limits::Limits;
use crate::ops::Image;
use crate::ops::doctor::{DoctorOptions, Verdict, doctor};
use crate::ops::target::{Asked, Target};
use crate::platform::Platform;
use crate::source::{Shape, Source};

/// The shape that a program takes most from; None for registries, which take what programs push.
pub fn form_for(target: Target) -> Option<Form> {
    match target {
        // podman takes OCI archives as well, but not several images or names in one, nor indexes inside indexes.
        Target::DockerClassic | Target::Podman | Target::SkopeoDockerArchive | Target::Crane => {
            Some(Form::DockerArchive)
        }
        Target::Docker => Some(Form::Dual),
        Target::DockerContainerd | Target::SkopeoOciArchive | Target::Ctr | Target::Kind | Target::K3s => {
            Some(Form::OciArchive)
        }
        Target::SkopeoOci | Target::Umoci => Some(Form::OciDir),
        _ => None,
    }
}

/// Fails unless a program will take what is to be written.
pub(super) fn refuse_unfit(
    parcel: &Parcel,
    output: &str,
    form: Form,
    compression: Compression,
    asked: &Asked,
    host: Option<&Platform>,
    limits: &Limits,
) -> Result<(), Error> {
    let source = Source::assembled(output, parcel.files.clone(), limits);
    let shape = Shape { directory: form == Form::OciDir, compression, ..*source.shape() };
    let image = Image::load(source.with_shape(shape), limits);
    let mut options =
        DoctorOptions { targets: vec![asked.clone()], limits: limits.clone(), ..DoctorOptions::default() };
    if let Some(host) = host {
        options.host = host.clone();
    }
    let report = doctor(&image, &options)?;
    let refused = report.targets.into_iter().find(|prediction| prediction.verdict == Verdict::Refuses);
    match refused {
        None => Ok(()),
        Some(prediction) => {
            let details: Vec<String> = prediction.reasons.into_iter().map(|reason| reason.detail).collect();
            let reason = format!("{} would refuse it: {}", prediction.title, details.join("; "));
            Err(Error::Unfit { path: output.to_owned(), verb: "write it for this target", reason })
        }
    }
}
