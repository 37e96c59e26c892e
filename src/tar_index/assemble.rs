//! Makes a member of its header and of what extension headers said about it.

use std::sync::Arc;

use super::extension::Pending;
use super::header::{Header, OCTAL_SIZE_MAX};
use super::log::{ProblemLog, shorten};
use super::member::Extra;
use super::{EntryKind, Member, Owner, ProblemKind};
use crate::limits::LimitReached;

/// What stays the same from member to member.
#[derive(Debug)]
pub(super) struct Assembler {
    pub(super) is_layer: bool,
    pub(super) name_max: u64,
    /// The last member's owner, which the next one mostly shares.
    owner: Option<Arc<Owner>>,
}

impl Assembler {
    pub(super) fn new(name_max: u64) -> Self {
        Assembler { is_layer: false, name_max, owner: None }
    }

    pub(super) fn name_limit(&self) -> LimitReached {
        LimitReached { name: "name-bytes", limit: self.name_max }
    }

    /// The member whose header stands at `at` and says `header_size`; its `offset` is left 0.
    ///
    /// `None` ends the walk: a name is over the limit, and the problem has been reported.
    pub(super) fn build(
        &mut self,
        at: u64,
        header: &Header<'_>,
        header_size: u64,
        pending: Pending,
        log: &mut ProblemLog,
    ) -> Option<Member> {
        let mut pax = pending.pax.unwrap_or_default();
        for (text, what) in [(&pending.long_name, "long name"), (&pending.long_link, "long link target")] {
            if text.as_ref().is_some_and(Vec::is_empty) {
                log.at(at, ProblemKind::ExtensionEmpty { what });
            }
        }
        let long_name = pending.long_name.filter(|name| !name.is_empty());
        if let (Some(pax), Some(gnu)) = (&pax.path, &long_name)
            && **pax != **gnu
        {
            log.of(at, gnu, ProblemKind::NameConflict { pax: shorten(pax).into() });
        }
        // This order is Go's.
        let name = pax.sparse_name.take().or(long_name.map(Vec::into_boxed_slice)).or_else(|| pax.path.take());
        let name = name.unwrap_or_else(|| header.name().into());

        if name.is_empty() {
            log.at(at, ProblemKind::NameEmpty);
        }
        let mut kind = header.kind(&name);
        if pax.sparse || kind == EntryKind::Other(b'S') {
            let may_hold = matches!(kind, EntryKind::File | EntryKind::Other(b'S'));
            kind = if self.is_layer && may_hold { EntryKind::File } else { EntryKind::Other(b'S') };
            if kind != EntryKind::File || header.type_flag() == b'S' {
                log.of(at, &name, ProblemKind::SparseMember);
            }
        }
        match header.type_flag() {
            b'X' => log.of(at, &name, ProblemKind::SolarisExtension),
            b'7' => log.of(at, &name, ProblemKind::ContiguousMember),
            type_flag if matches!(kind, EntryKind::Other(other) if other != b'S') => {
                log.of(at, &name, ProblemKind::UnknownType { type_flag });
            }
            _ => {}
        }
        if kind == EntryKind::File && name.ends_with(b"/") {
            log.of(at, &name, ProblemKind::FileNamedFolder);
        }
        let size = resolve_size(kind, pax.size, header_size, |problem| log.of(at, &name, problem));

        let is_link = matches!(kind, EntryKind::HardLink | EntryKind::SymbolicLink);
        let long_link = pending.long_link.filter(|link| !link.is_empty()).map(Vec::into_boxed_slice);
        if let (Some(pax), Some(gnu)) = (&pax.link_path, &long_link)
            && pax != gnu
        {
            log.of(at, &name, ProblemKind::NameConflict { pax: shorten(pax).into() });
        }
        let link_name = long_link.or_else(|| pax.link_path.take()).unwrap_or_else(|| header.link_name().into());
        let link_name = if is_link { link_name } else { Box::default() };

        let longest = name.len().max(link_name.len()) as u64;
        if longest > self.name_max {
            log.at(at, ProblemKind::ExtensionOverLimit { size: longest, reached: self.name_limit() });
            return None;
        }

        let mut field = |value: Option<u64>, field| {
            value.unwrap_or_else(|| {
                log.of(at, &name, ProblemKind::FieldMalformed { field });
                0
            })
        };
        let mode = field(header.mode().map(u64::from), "mode") as u32;
        // Go refuses an archive for a malformed number even where a pax record stands for it, or the kind has no use for it.
        let (uid, gid) = (field(header.uid(), "user number"), field(header.gid(), "group number"));
        let (uid, gid) = (pax.uid.unwrap_or(uid), pax.gid.unwrap_or(gid));
        let mtime = header.mtime().unwrap_or_else(|| field(None, "modification time").cast_signed());
        let (mtime, mtime_nanos) = pax.mtime.unwrap_or((mtime, 0));
        let device = header.device().unwrap_or_else(|| (field(None, "device number"), 0));
        let is_device = matches!(kind, EntryKind::CharDevice | EntryKind::BlockDevice);
        let device = is_device.then_some(device);
        if header.has_ambiguous_prefix() {
            log.of(at, &name, ProblemKind::PrefixDoubtful);
        }

        let owner = self.share_owner(header, pax.user.take(), pax.group.take());
        let xattrs = std::mem::take(&mut pax.xattrs);
        let extra = Extra { link_name, mtime_nanos, device, holes: 0, xattrs };
        let extra = (extra != Extra::default()).then(|| Box::new(extra));
        Some(Member { name, kind, mode, size, offset: 0, header_offset: at, mtime, uid, gid, owner, extra })
    }

    fn share_owner(
        &mut self,
        header: &Header<'_>,
        user: Option<Box<[u8]>>,
        group: Option<Box<[u8]>>,
    ) -> Option<Arc<Owner>> {
        let (header_user, header_group) = header.owner();
        let user = user.as_deref().unwrap_or(header_user);
        let group = group.as_deref().unwrap_or(header_group);
        if user.is_empty() && group.is_empty() {
            return None;
        }
        if !self.owner.as_ref().is_some_and(|last| *last.user == *user && *last.group == *group) {
            self.owner = Some(Arc::new(Owner { user: user.into(), group: group.into() }));
        }
        self.owner.clone()
    }
}

/// The size of the content that follows a header.
///
/// A pax record wins over the header, as POSIX says and as Go, GNU tar and libarchive do. Writers put 0 into the header, or
/// all sevens, where the size does not fit it (Go, Python and GNU tar do the first): this much is no conflict. Any other
/// difference is how one archive shows different members to different readers.
fn resolve_size(kind: EntryKind, pax: Option<u64>, header: u64, mut report: impl FnMut(ProblemKind)) -> u64 {
    let size = pax.unwrap_or(header);
    if kind.has_no_content() {
        if size.max(header) > 0 {
            report(ProblemKind::SizeUnexpected { size: size.max(header) });
        }
        return 0;
    }
    let fits_no_header = size > OCTAL_SIZE_MAX && matches!(header, 0 | OCTAL_SIZE_MAX);
    if size != header && !fits_no_header {
        report(ProblemKind::SizeConflict { pax: size, header });
    }
    size
}
