//! How much is read, and that it does not matter how.

use std::cell::RefCell;
use std::io::{self, Read, Seek, SeekFrom};

use super::build::{Archive, Head};
use super::*;

/// Counts reads and the bytes read.
struct Counting<'a>(&'a [u8], RefCell<(usize, usize)>);

impl ReadAt for Counting<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let bytes = self.0.read_at(buffer, offset)?;
        let mut counts = self.1.borrow_mut();
        counts.0 += 1;
        counts.1 += bytes;
        Ok(bytes)
    }
}

fn reads(bytes: &[u8]) -> (usize, usize) {
    let counting = Counting(bytes, RefCell::default());
    let index = index(&counting, bytes.len() as u64, &Limits::default()).unwrap();
    assert_eq!(index.problems, []);
    counting.1.into_inner()
}

#[test]
fn large_members_cost_a_page_each() {
    let mut archive = Archive::default();
    for place in 0..10 {
        archive = archive.file(format!("blobs/sha256/{place}"), &vec![1; 1 << 20]);
    }
    let (count, bytes) = reads(&archive.end());
    assert!(count <= 12 && bytes <= 12 * 4096, "{count} reads, {bytes} bytes");
}

#[test]
fn small_members_are_read_together() {
    let mut archive = Archive::default();
    for place in 0..4000 {
        archive = archive.file(format!("file-{place}"), &[1; 64]);
    }
    let bytes = archive.end();
    let (count, read) = reads(&bytes);
    assert!(count <= 40 && read <= bytes.len(), "{count} reads, {read} bytes of {}", bytes.len());
}

/// Gives one byte at a time and is interrupted before each.
struct Slow<'a>(&'a [u8], RefCell<bool>);

impl ReadAt for Slow<'_> {
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut interrupt = self.1.borrow_mut();
        *interrupt = !*interrupt;
        if *interrupt {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let one = buffer.len().min(1);
        self.0.read_at(&mut buffer[..one], offset)
    }
}

#[test]
fn short_and_interrupted_reads_change_nothing() {
    let bytes = Archive::default().pax(&[("path", "p")]).file("a", b"content").head(&Head::new(b'5', "d/")).end();
    let slow = index(Slow(&bytes, RefCell::new(false)), bytes.len() as u64, &Limits::default()).unwrap();
    assert_eq!(slow.members, index_both(&bytes, &Limits::default()).members);
    let mut all = vec![0; bytes.len() + 10];
    assert_eq!(Slow(&bytes, RefCell::new(false)).read_full_at(&mut all, 0).unwrap(), bytes.len());
}

#[test]
fn a_file_shorter_than_said_ends_there() {
    let bytes = Archive::default().file("a", b"content").end();
    let index = index(&bytes[..600], bytes.len() as u64, &Limits::default()).unwrap();
    assert_eq!(index.members.len(), 1);
    assert!(!index.problems.is_empty());
}

#[test]
fn errors_of_the_file_pass_through_and_end_the_walk() {
    struct Broken;
    impl ReadAt for Broken {
        fn read_at(&self, _: &mut [u8], _: u64) -> io::Result<usize> {
            Err(io::Error::other("disk"))
        }
    }
    let mut reader = TarReader::new(FileFeed::new(Broken, 1 << 20), &Limits::default());
    assert!(reader.next_member().is_err());
    assert!(reader.next_member().unwrap().is_none());
}

#[test]
fn windows_stay_in_their_bounds() {
    let bytes = b"0123456789";
    let mut window = Window::new(&bytes[..], 2, 5);
    let mut text = String::new();
    window.read_to_string(&mut text).unwrap();
    assert_eq!((text.as_str(), window.len(), window.is_empty()), ("23456", 5, false));
    assert_eq!(window.seek(SeekFrom::End(-2)).unwrap(), 3);
    assert_eq!(window.seek(SeekFrom::Current(-1)).unwrap(), 2);
    assert!(window.seek(SeekFrom::Current(-3)).is_err());
    text.clear();
    window.read_to_string(&mut text).unwrap();
    assert_eq!(text, "456");
    window.seek(SeekFrom::Start(u64::MAX)).unwrap();
    assert_eq!(window.read(&mut [0; 4]).unwrap(), 0);
    assert_eq!(Window::new(&bytes[..], u64::MAX, u64::MAX).read(&mut [0; 4]).unwrap(), 0);
    assert_eq!(Window::new(&bytes[..], 8, 100).read_full_at(&mut [0; 100], 0).unwrap(), 2);
}
