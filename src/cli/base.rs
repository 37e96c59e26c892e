//! The base of an image on the command line, for commands that leave its layers alone.

use anyhow::Result;

use super::ui::Ui;
use crate::graph::Selector;
use crate::image::Image;
use crate::ops::squash::BaseImage;
use crate::source::Access;

/// Which layers are those of the base
#[derive(Debug, Clone, clap::Args)]
#[group(skip)]
pub(super) struct BaseArgs {
    /// Change only the layers above the base that the image names
    #[arg(long)]
    above_base: bool,
    /// Change only the layers above the base IMAGE, as PATH[:REF][@DIGEST]
    #[arg(long, value_name = "IMAGE")]
    base: Option<String>,
}

/// The file of a base, where there is one.
pub(super) enum OpenBase {
    None,
    Named,
    File(Box<Image>, Selector),
}

impl BaseArgs {
    /// Opens the file of the base.
    pub(super) fn open(&self, ui: &Ui) -> Result<OpenBase> {
        Ok(match &self.base {
            Some(text) => {
                let address = ui.address(text)?;
                OpenBase::File(Box::new(ui.open(&address, Access::Random, false)?), Selector::new(&address, None))
            }
            None if self.above_base => OpenBase::Named,
            None => OpenBase::None,
        })
    }
}

impl OpenBase {
    /// The base; None where no layer is left alone.
    pub(super) fn image(&self) -> Option<BaseImage<'_>> {
        match self {
            OpenBase::None => None,
            OpenBase::Named => Some(BaseImage::Named),
            OpenBase::File(base, selector) => Some(BaseImage::Of { base, selector }),
        }
    }
}
