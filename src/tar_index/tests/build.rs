//! Archives, right and wrong, byte by byte.

/// The fields of a header; what a test leaves alone is as BuildKit writes it.
#[derive(Clone)]
pub(super) struct Head {
    pub(super) name: Vec<u8>,
    pub(super) type_flag: u8,
    pub(super) size: u64,
    pub(super) link: Vec<u8>,
    pub(super) magic: &'static [u8],
    /// Bytes written over the finished fields, before the checksum.
    pub(super) patches: Vec<(usize, Vec<u8>)>,
}

pub(super) const USTAR: &[u8] = b"ustar\x0000";
pub(super) const GNU: &[u8] = b"ustar  \0";
pub(super) const V7: &[u8] = b"";

impl Head {
    pub(super) fn new(type_flag: u8, name: impl AsRef<[u8]>) -> Self {
        let name = name.as_ref().to_vec();
        Head { name, type_flag, size: 0, link: Vec::new(), magic: USTAR, patches: Vec::new() }
    }

    pub(super) fn size(mut self, size: u64) -> Self {
        self.size = size;
        self
    }

    pub(super) fn link(mut self, link: impl AsRef<[u8]>) -> Self {
        self.link = link.as_ref().to_vec();
        self
    }

    pub(super) fn magic(mut self, magic: &'static [u8]) -> Self {
        self.magic = magic;
        self
    }

    pub(super) fn patch(mut self, at: usize, bytes: impl AsRef<[u8]>) -> Self {
        self.patches.push((at, bytes.as_ref().to_vec()));
        self
    }

    pub(super) fn block(&self) -> [u8; 512] {
        let mut block = [0; 512];
        let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, &self.name[..self.name.len().min(100)]);
        put(100, b"0000644\0");
        put(108, b"0000000\0");
        put(116, b"0000000\0");
        put(124, format!("{:011o}\0", self.size).as_bytes());
        put(136, b"00000000000\0");
        put(156, &[self.type_flag]);
        put(157, &self.link[..self.link.len().min(100)]);
        put(257, self.magic);
        for (at, bytes) in &self.patches {
            put(*at, bytes);
        }
        sum(&mut block);
        block
    }
}

/// Writes the checksum of a header.
pub(super) fn sum(block: &mut [u8; 512]) {
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|b| u32::from(*b)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

/// An archive that grows.
#[derive(Clone, Default)]
pub(super) struct Archive(pub(super) Vec<u8>);

impl Archive {
    pub(super) fn head(mut self, head: &Head) -> Self {
        self.0.extend_from_slice(&head.block());
        self
    }

    /// Content and its padding.
    pub(super) fn content(mut self, content: &[u8]) -> Self {
        self.0.extend_from_slice(content);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    pub(super) fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub(super) fn file(self, name: impl AsRef<[u8]>, content: &[u8]) -> Self {
        self.head(&Head::new(b'0', name).size(content.len() as u64)).content(content)
    }

    /// An extension of a type: `x`, `g`, `L` or `K`.
    pub(super) fn extension(self, type_flag: u8, content: &[u8]) -> Self {
        let magic = if matches!(type_flag, b'L' | b'K') { GNU } else { USTAR };
        self.head(&Head::new(type_flag, "ext").size(content.len() as u64).magic(magic)).content(content)
    }

    pub(super) fn pax(self, records: &[(&str, &str)]) -> Self {
        let records: Vec<u8> = records.iter().flat_map(|(key, value)| record(key, value.as_bytes())).collect();
        self.extension(b'x', &records)
    }

    pub(super) fn end(self) -> Vec<u8> {
        self.raw(&[0; 1024]).0
    }
}

/// One pax record, which counts its own length.
pub(super) fn record(key: &str, value: &[u8]) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while rest + length.to_string().len() != length {
        length += 1;
    }
    [format!("{length} {key}=").as_bytes(), value, b"\n"].concat()
}
