//! The files of an image, as text.

use std::io::{self, Write};

use super::{Bytes, Count, Detail, Paint, Shown, Time, findings, table};
use crate::ops::files::{FileRow, FilesReport, Waste};
use crate::rootfs::FileKind;

/// How to show files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilesStyle {
    /// A line each: mode, owner, size, time, layer, name.
    List,
    /// A tree, directories with the bytes of all below them.
    Tree,
    /// The biggest and those that waste most.
    Top,
}

/// The files in the style that was asked for, then what is wrong and a line that sums up.
///
/// # Errors
///
/// When `out` does not take it.
pub fn files(
    report: &FilesReport,
    style: FilesStyle,
    detail: Detail,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    match style {
        FilesStyle::Tree => tree(out, report, paint)?,
        FilesStyle::List | FilesStyle::Top => list(out, report, paint)?,
    }
    let mut end = String::new();
    if style == FilesStyle::Top {
        wasted(&mut end, &report.waste, paint);
    }
    let shown = report.findings.iter().filter(|finding| detail.shows(finding.severity));
    findings::write(&mut end, shown, paint);
    if !detail.quiet {
        let hidden = report.waste.hidden;
        let waste = match hidden.count {
            0 => "no files hidden by higher layers".to_owned(),
            count => {
                let bytes = Bytes(hidden.bytes);
                format!("{} ({bytes}, {} %) hidden by higher layers", Count(count, "file"), report.waste.percent)
            }
        };
        let total = report.total;
        end.push_str(&format!(
            "{}, {} in {}; {waste}\n",
            Count(total.count, "file"),
            Bytes(total.bytes),
            Count(report.layers.len() as u64, "layer")
        ));
    }
    out.write_all(end.as_bytes())
}

fn list(out: &mut dyn Write, report: &FilesReport, paint: Paint) -> io::Result<()> {
    let (mut owners, mut sizes) = (0, 0);
    for row in report.files.rows() {
        owners = owners.max(digits(row.uid.into()) + 1 + digits(row.gid.into()));
        sizes = sizes.max(size(&row).len());
    }
    let layers = digits(report.layers.len() as u64);
    for row in report.files.rows() {
        let owner = format!("{}:{}", row.uid, row.gid);
        let layer = if row.layer == 0 { "-".to_owned() } else { row.layer.to_string() };
        writeln!(
            out,
            "{} {} {} {} {} {}",
            mode(&row),
            table::left(&owner, owners),
            table::right(&size(&row), sizes),
            Time(row.mtime),
            table::right(&layer, layers),
            name(&row, &row.path, paint)
        )?;
    }
    Ok(())
}

fn digits(number: u64) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}

/// Bytes, or for a device its numbers.
fn size(row: &FileRow<'_>) -> String {
    row.device.map_or_else(|| row.size.to_string(), |(major, minor)| format!("{major},{minor}"))
}

/// The name as far as it is to be shown, with what marks its kind and where a link leads.
fn name(row: &FileRow<'_>, name: &str, paint: Paint) -> String {
    let shown = Shown(name);
    match row.kind {
        FileKind::Directory => paint.bold(format!("{shown}/")),
        FileKind::Whiteout => format!("{} {}", paint.red(shown), paint.dim("(hidden)")),
        FileKind::OpaqueWhiteout => format!("{} {}", paint.red(format!("{shown}/")), paint.dim("(all hidden)")),
        _ => match (&row.link, &row.hard_link) {
            (Some(link), _) => format!("{} -> {}", paint.cyan(shown), Shown(link)),
            (None, Some(first)) => format!("{shown} {} {}", paint.dim("same file as"), Shown(first)),
            (None, None) => shown.to_string(),
        },
    }
}

/// As `ls -l` has it (POSIX, `ls`, "STDOUT").
fn mode(row: &FileRow<'_>) -> String {
    let kind = match row.kind {
        FileKind::File | FileKind::Whiteout | FileKind::OpaqueWhiteout => '-',
        FileKind::Directory => 'd',
        FileKind::Symlink => 'l',
        FileKind::HardLink => 'h',
        FileKind::CharDevice => 'c',
        FileKind::BlockDevice => 'b',
        FileKind::Fifo => 'p',
    };
    let bits = u32::from_str_radix(&row.mode, 8).unwrap_or(0);
    let mut text = String::from(kind);
    for (shift, special, mark) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let own = bits >> shift;
        text.push(if own & 4 != 0 { 'r' } else { '-' });
        text.push(if own & 2 != 0 { 'w' } else { '-' });
        text.push(match (bits & special != 0, own & 1 != 0) {
            (true, true) => mark,
            (true, false) => mark.to_ascii_uppercase(),
            (false, true) => 'x',
            (false, false) => '-',
        });
    }
    text
}

/// What is known of one line of the tree before it is written.
struct Branch {
    depth: usize,
    /// Bytes of the file, or of all below the directory.
    bytes: u64,
    /// Whether others follow on its depth.
    follows: bool,
}

/// The lines of the tree, in their order.
fn branches(report: &FilesReport) -> Vec<Branch> {
    let row = |row: FileRow<'_>| Branch { depth: row.depth, bytes: row.size, follows: false };
    let mut branches: Vec<Branch> = report.files.rows().map(row).collect();
    // Bytes of what is below, from the last row to the first: by depth, what waits for its directory.
    let mut waiting: Vec<u64> = Vec::new();
    // Whether a later row of the same directory follows, by depth.
    let mut follows: Vec<bool> = Vec::new();
    for branch in branches.iter_mut().rev() {
        let depth = branch.depth;
        if waiting.len() > depth + 1 {
            branch.bytes = branch.bytes.saturating_add(waiting.split_off(depth + 1).into_iter().sum());
        }
        waiting.resize(depth + 1, 0);
        waiting[depth] = waiting[depth].saturating_add(branch.bytes);
        follows.resize(depth + 1, false);
        branch.follows = std::mem::replace(&mut follows[depth], depth > 0);
    }
    branches
}

fn tree(out: &mut dyn Write, report: &FilesReport, paint: Paint) -> io::Result<()> {
    let mut open: Vec<bool> = Vec::new();
    for (Branch { depth, bytes, follows }, row) in branches(report).into_iter().zip(report.files.rows()) {
        open.resize(depth, false);
        let indent = open.iter().skip(1).take(depth.min(DEEPEST));
        let indent: String = indent.map(|follows| if *follows { "│   " } else { "    " }).collect();
        open.push(follows);
        let stem = match (depth, follows) {
            (0, _) => "",
            (_, true) => "├── ",
            (_, false) => "└── ",
        };
        let shown: &str = if depth == 0 { &row.path } else { last(&row.path) };
        let layer = if row.layer == 0 { String::new() } else { format!("  {}", row.layer) };
        let name = name(&row, shown, paint);
        writeln!(out, "{indent}{stem}{name}  {}{}", Bytes(bytes), paint.dim(layer))?;
    }
    Ok(())
}

/// Levels of a tree that are indented: a hostile one has thousands.
const DEEPEST: usize = 64;

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn wasted(out: &mut String, waste: &Waste, paint: Paint) {
    if waste.files.is_empty() {
        return;
    }
    out.push_str(&format!("{}\n", paint.bold("hidden by higher layers:")));
    let width = waste.files.iter().map(|file| digits(file.bytes)).max().unwrap_or(0);
    for file in &waste.files {
        let layers: Vec<String> = file.layers.iter().map(ToString::to_string).collect();
        let noun = if layers.len() == 1 { "layer" } else { "layers" };
        out.push_str(&format!(
            "{} {} {}\n",
            table::right(&file.bytes.to_string(), width),
            Shown(&file.path),
            paint.dim(format!("({noun} {})", layers.join(", ")))
        ));
    }
}
