//! gzip on all cores, with bytes that do not depend on how many there are.
//!
//! The input is cut into blocks of 128 KiB. Each is compressed alone, with the 32 KiB before it as dictionary, and ends at a
//! byte (a sync flush), so that the results are one stream when they are joined: one gzip member, as pigz writes it.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::mpsc::{Receiver, Sender, SyncSender, TryRecvError, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use flate2::{Compress, Compression, FlushCompress, Status};

/// What one thread compresses at once.
const BLOCK_BYTES: usize = 128 << 10;
/// How far back deflate finds repetitions.
const WINDOW_BYTES: usize = 32 << 10;
/// No name and no time: the same input gives the same bytes.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// A last deflate block without content.
const LAST_BLOCK: [u8; 2] = [3, 0];

/// A writer that compresses into one gzip member.
pub(crate) struct GzipBlocks<W> {
    inner: W,
    level: Compression,
    block: Vec<u8>,
    before: Arc<[u8]>,
    checksum: crc32fast::Hasher,
    length: u64,
    /// Blocks that are compressed or being compressed, in their order.
    begun: VecDeque<Receiver<io::Result<Packed>>>,
    workers: Workers,
    /// For blocks that are compressed on the thread that writes.
    own: Option<Deflate>,
    header_written: bool,
}

/// A block that is to be compressed.
struct Block {
    bytes: Arc<[u8]>,
    before: Arc<[u8]>,
    done: SyncSender<io::Result<Packed>>,
}

/// A compressed block.
struct Packed {
    bytes: Vec<u8>,
    checksum: crc32fast::Hasher,
}

impl<W: Write> GzipBlocks<W> {
    /// Begins to compress into a writer, on up to `threads` threads beside the one that writes; on that one alone where
    /// they are less than two, or where the system gives none.
    pub(crate) fn new(inner: W, level: Compression, threads: usize) -> Self {
        GzipBlocks {
            inner,
            level,
            block: Vec::new(),
            before: Arc::new([]),
            checksum: crc32fast::Hasher::new(),
            length: 0,
            begun: VecDeque::new(),
            workers: Workers { most: if threads < 2 { 0 } else { threads }, jobs: None, threads: Vec::new() },
            own: None,
            header_written: false,
        }
    }

    /// Compresses what is left, ends the member and gives the writer back.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        if !self.block.is_empty() {
            self.begin()?;
        }
        while let Some(first) = self.begun.pop_front() {
            self.end(first.recv().map_err(|_| ended_early())?)?;
        }
        self.header()?;
        self.inner.write_all(&LAST_BLOCK)?;
        // The length modulo 2^32 (RFC 1952, 2.3.1).
        let length = self.length as u32;
        self.inner.write_all(&self.checksum.finalize().to_le_bytes())?;
        self.inner.write_all(&length.to_le_bytes())?;
        Ok(self.inner)
    }

    /// Hands the block over, and writes those that are compressed.
    fn begin(&mut self) -> io::Result<()> {
        let bytes: Arc<[u8]> = self.block.as_slice().into();
        self.block.clear();
        let before = std::mem::replace(&mut self.before, Arc::clone(&bytes));
        let (done, result) = sync_channel(1);
        let block = Block { bytes, before, done };
        if let Err(Block { bytes, before, .. }) = self.workers.begin(block, self.begun.len(), self.level) {
            let own = self.own.get_or_insert_with(|| Deflate::new(self.level));
            let packed = own.block(&bytes, &before);
            return self.end(packed);
        }
        self.begun.push_back(result);
        // Enough that no thread waits while the writer is busy; memory stays below a MiB for each thread.
        let most = self.workers.most * 3;
        while let Some(first) = self.begun.front() {
            let packed = match first.try_recv() {
                Ok(packed) => packed,
                Err(TryRecvError::Empty) if self.begun.len() < most => break,
                Err(TryRecvError::Empty) => first.recv().map_err(|_| ended_early())?,
                Err(TryRecvError::Disconnected) => return Err(ended_early()),
            };
            self.begun.pop_front();
            self.end(packed)?;
        }
        Ok(())
    }

    fn end(&mut self, packed: io::Result<Packed>) -> io::Result<()> {
        let packed = packed?;
        self.header()?;
        self.checksum.combine(&packed.checksum);
        self.inner.write_all(&packed.bytes)
    }

    fn header(&mut self) -> io::Result<()> {
        if !std::mem::replace(&mut self.header_written, true) {
            self.inner.write_all(&HEADER)?;
        }
        Ok(())
    }
}

impl<W: Write> Write for GzipBlocks<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = BLOCK_BYTES - self.block.len();
        let count = bytes.len().min(room);
        self.block.extend_from_slice(&bytes[..count]);
        self.length += count as u64;
        if self.block.len() == BLOCK_BYTES {
            self.begin()?;
        }
        Ok(count)
    }

    /// What was written so far is compressed block by block, whoever asks.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn ended_early() -> io::Error {
    io::Error::other("a compressing thread ended early")
}

/// What the threads take blocks from.
type Jobs = Arc<Mutex<Receiver<Block>>>;

/// The threads that compress; as many as there are blocks to compress at once.
struct Workers {
    most: usize,
    jobs: Option<(Sender<Block>, Jobs)>,
    threads: Vec<JoinHandle<()>>,
}

impl Workers {
    /// Lets a thread compress a block. `waiting` blocks are before it. The block comes back where there is no thread.
    fn begin(&mut self, block: Block, waiting: usize, level: Compression) -> Result<(), Block> {
        if self.most == 0 {
            return Err(block);
        }
        let (sender, jobs) = self.jobs.get_or_insert_with(|| {
            let (sender, jobs) = channel();
            (sender, Arc::new(Mutex::new(jobs)))
        });
        if self.threads.len() < self.most && self.threads.len() <= waiting {
            let jobs = Arc::clone(jobs);
            match std::thread::Builder::new().spawn(move || work(&jobs, level)) {
                Ok(thread) => self.threads.push(thread),
                Err(_) => self.most = self.threads.len(),
            }
        }
        if self.threads.is_empty() {
            return Err(block);
        }
        sender.send(block).map_err(|unsent| unsent.0)
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn work(jobs: &Mutex<Receiver<Block>>, level: Compression) {
    let mut deflate = Deflate::new(level);
    let next = || jobs.lock().unwrap_or_else(PoisonError::into_inner).recv().ok();
    while let Some(Block { bytes, before, done }) = next() {
        // Whoever does not wait any more has failed.
        let _ = done.send(deflate.block(&bytes, &before));
    }
}

/// The state of one compressor, whose memory serves one block after the other.
struct Deflate {
    compress: Compress,
}

impl Deflate {
    fn new(level: Compression) -> Self {
        Deflate { compress: Compress::new(level, false) }
    }

    fn block(&mut self, bytes: &[u8], before: &[u8]) -> io::Result<Packed> {
        self.compress.reset();
        let dictionary = &before[before.len().saturating_sub(WINDOW_BYTES)..];
        if !dictionary.is_empty() {
            self.compress.set_dictionary(dictionary).map_err(io::Error::other)?;
        }
        let mut packed = Vec::with_capacity(bytes.len() / 2 + 1024);
        loop {
            let taken = usize::try_from(self.compress.total_in()).map_err(io::Error::other)?;
            let left = bytes.get(taken..).unwrap_or_default();
            let status =
                self.compress.compress_vec(left, &mut packed, FlushCompress::Sync).map_err(io::Error::other)?;
            // Room that is left over says that nothing is held back.
            if packed.len() < packed.capacity() || status == Status::StreamEnd {
                break;
            }
            packed.reserve(bytes.len() / 4 + 1024);
        }
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(bytes);
        Ok(Packed { bytes: packed, checksum })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn text(bytes: usize) -> Vec<u8> {
        let mut state = 1_u64;
        let words = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            format!("word{} ", (state >> 40) % 5000)
        });
        words.flat_map(String::into_bytes).take(bytes).collect()
    }

    fn noise(bytes: usize) -> Vec<u8> {
        let mut state = 7_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        };
        (0..bytes).map(|_| next()).collect()
    }

    fn packed(bytes: &[u8], level: u32, threads: usize, at_once: usize) -> Vec<u8> {
        let mut writer = GzipBlocks::new(Vec::new(), Compression::new(level), threads);
        for piece in bytes.chunks(at_once) {
            writer.write_all(piece).unwrap();
            writer.flush().unwrap();
        }
        writer.finish().unwrap()
    }

    #[test]
    fn the_bytes_do_not_depend_on_threads_or_writes() {
        for bytes in [Vec::new(), vec![b'x'], text(BLOCK_BYTES), text(3 * BLOCK_BYTES + 1), noise(5 * BLOCK_BYTES - 1)]
        {
            for level in [0, 1, 6, 9] {
                let expected = packed(&bytes, level, 1, usize::MAX);
                for (threads, at_once) in [(2, 1 << 20), (3, 1000), (8, BLOCK_BYTES)] {
                    assert!(packed(&bytes, level, threads, at_once) == expected, "level {level}, {threads} threads");
                }
                let mut read = Vec::new();
                flate2::read::GzDecoder::new(expected.as_slice()).read_to_end(&mut read).unwrap();
                assert!(read == bytes, "level {level}: {} bytes", bytes.len());
            }
        }
    }

    #[test]
    fn blocks_cost_hardly_any_room() {
        let bytes = text(20 * BLOCK_BYTES);
        let mut one = flate2::write::GzEncoder::new(Vec::new(), Compression::default());
        one.write_all(&bytes).unwrap();
        let (one, blocks) = (one.finish().unwrap().len(), packed(&bytes, 6, 2, usize::MAX).len());
        assert!(blocks < one + one / 100, "{blocks} {one}");
    }

    #[test]
    fn what_is_given_up_ends_its_threads() {
        let mut writer = GzipBlocks::new(Vec::new(), Compression::default(), 4);
        writer.write_all(&text(9 * BLOCK_BYTES)).unwrap();
        drop(writer);
    }

    #[test]
    fn a_full_disk_is_an_error() {
        let mut room = [0_u8; 1000];
        let mut writer = GzipBlocks::new(room.as_mut_slice(), Compression::default(), 2);
        let written = writer.write_all(&noise(40 * BLOCK_BYTES));
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::WriteZero);
    }
}
