//! A repack for a target that is carried out in memory: documents are made, contents stay where they are.

use super::fit;
use super::parcel::Parcel;
use super::report::RepackReport;
use super::{RepackOptions, merge, take};
use crate::error::Error;
use crate::graph::Selector;
use crate::image::Image;
use crate::platform::Platform;
use crate::readers::Prediction;
use crate::target::Asked;

/// Repacks of one image file for several targets. What is taken of the file is put together once for each selection.
#[derive(Debug)]
pub(in crate::ops) struct Rehearsal<'i> {
    image: &'i Image,
    taken: Vec<Taken>,
}

#[derive(Debug)]
struct Taken {
    selector: Selector,
    platforms: Vec<Platform>,
    parcel: Parcel,
    report: RepackReport,
}

impl<'i> Rehearsal<'i> {
    pub(in crate::ops) fn of(image: &'i Image) -> Self {
        Rehearsal { image, taken: Vec::new() }
    }

    /// What a target would do with the result, and what the receipt would say.
    ///
    /// # Errors
    ///
    /// Those of a repack, as far as contents do not decide.
    pub(in crate::ops) fn run(
        &mut self,
        selector: &Selector,
        asked: &Asked,
        options: &RepackOptions,
    ) -> Result<(Prediction, RepackReport), Error> {
        let (parcel, mut report) = self.taken(selector, options)?;
        let image = merge::merge(vec![parcel], &options.limits)?.load(&options.limits);
        let fitted = fit::fit(image, asked, "the output", options, &mut report)?;
        let built = fitted.report;
        report.images = built.images;
        report.left.extend(built.left);
        Ok((fitted.prediction, report))
    }

    fn taken(&mut self, selector: &Selector, options: &RepackOptions) -> Result<(Parcel, RepackReport), Error> {
        let same = |taken: &&Taken| taken.selector == *selector && taken.platforms == options.platforms;
        if let Some(taken) = self.taken.iter().find(same) {
            return Ok((taken.parcel.clone(), taken.report.clone()));
        }
        let mut report = RepackReport::new(&[], options.format, String::new(), true);
        let parcel = take(self.image, selector, options, &mut report)?;
        let taken = Taken {
            selector: selector.clone(),
            platforms: options.platforms.clone(),
            parcel: parcel.clone(),
            report: report.clone(),
        };
        self.taken.push(taken);
        Ok((parcel, report))
    }
}
