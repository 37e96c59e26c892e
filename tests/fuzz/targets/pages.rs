//! Pages of image files: well-formed, with nothing in them that runs, loads or leads away.

use ocikit::ops::diff::{DiffOptions, diff};
use ocikit::ops::survey::{SurveyOptions, survey};
use ocikit::render::html;
use ocikit::source::Access;

use super::oracle::{limits, open};
use super::{image, reports};
use crate::support::page::checked;

pub fn target(data: &[u8]) {
    let Ok(image) = open(&image::archive(data), Access::Random) else { return };
    match survey(&image, &SurveyOptions { jobs: 1, limits: limits(), ..SurveyOptions::default() }) {
        Ok(report) => sound(|out| html::survey(&report, out)),
        Err(error) => reports::error(&error),
    }
    // The sound file that the input begins with: difference is what the input changes.
    let begun = image::archive(data.get(..1).unwrap_or_default());
    let other = open(&begun, Access::Random).expect("a sound file can be opened");
    match diff(&other, &image, &DiffOptions { files: true, jobs: 1, limits: limits(), ..DiffOptions::default() }) {
        Ok(report) => sound(|out| html::diff(&report, out)),
        Err(error) => reports::error(&error),
    }
}

fn sound(write: impl Fn(&mut Vec<u8>) -> std::io::Result<()>) {
    let mut page = Vec::new();
    write(&mut page).unwrap();
    checked(String::from_utf8(page).expect("a page is UTF-8"));
}
