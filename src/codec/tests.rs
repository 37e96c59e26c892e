use std::io::{BufRead, BufReader, Read, Write};

use flate2::GzBuilder;

use super::*;
use crate::limits::{LimitReached, Limits};

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn zstd(content: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn skippable(content: &[u8]) -> Vec<u8> {
    [&[0x5e, 0x2a, 0x4d, 0x18], &(content.len() as u32).to_le_bytes()[..], content].concat()
}

/// Inflates with a reader underneath that lends `lend` bytes at a time.
fn inflate(data: &[u8], compression: Compression, lend: usize) -> std::io::Result<(Vec<u8>, Trailing, u64)> {
    let reader = BufReader::with_capacity(lend, data);
    let mut inflate = Inflate::new(reader, compression, &Limits::default())?;
    let mut content = Vec::new();
    inflate.read_to_end(&mut content)?;
    assert_eq!(inflate.inflated_bytes(), content.len() as u64);
    Ok((content, inflate.trailing(), inflate.compressed_bytes()))
}

fn fault(error: &std::io::Error) -> &InflateError {
    error.get_ref().and_then(|e| e.downcast_ref()).expect("an InflateError inside")
}

/// Compresses badly, so that the data has many blocks.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    let next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 24) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

#[test]
fn detects_by_magic_bytes() {
    let bzip2 = [b"BZh9".as_slice(), &[0x31, 0x41, 0x59, 0x26, 0x53, 0x59]].concat();
    let bzip2_empty = [b"BZh1".as_slice(), &[0x17, 0x72, 0x45, 0x38, 0x50, 0x90]].concat();
    let table: [(&[u8], Compression); 14] = [
        (b"", Compression::None),
        (b"\x1f\x8b", Compression::None),
        (b"\x1f\x8b\x08", Compression::Gzip),
        (b"\x1f\x8b\x07\0\0\0", Compression::None),
        (b"\x28\xb5\x2f\xfd", Compression::Zstd),
        (b"\x28\xb5\x2f", Compression::None),
        (b"\x50\x2a\x4d\x18", Compression::Zstd),
        (b"\x5f\x2a\x4d\x18rest", Compression::Zstd),
        (b"\x60\x2a\x4d\x18", Compression::None),
        (b"\xfd7zXZ\0\0", Compression::Xz),
        (&bzip2, Compression::Bzip2),
        (&bzip2_empty, Compression::Bzip2),
        (b"BZh9 is text", Compression::None),
        (b"{\"schemaVersion\":2}", Compression::None),
    ];
    for (bytes, compression) in table {
        assert_eq!(Compression::detect(bytes), compression, "{bytes:?}");
    }
    assert!(bzip2.len() <= DETECT_BYTES);
    assert_eq!(Compression::None.to_string(), "uncompressed");
    assert_eq!(serde_json::to_string(&Compression::Gzip).unwrap(), "\"gzip\"");
}

#[test]
fn reads_all_members_and_frames() {
    let content = noise(300_000);
    let (front, back) = content.split_at(1000);
    let named = {
        let builder = GzBuilder::new().filename("layer.tar").comment("none").extra(vec![7; 300]);
        let mut encoder = builder.write(Vec::new(), flate2::Compression::best());
        encoder.write_all(&content).unwrap();
        encoder.finish().unwrap()
    };
    let table = [
        ("plain", Compression::None, content.clone()),
        ("one member", Compression::Gzip, gzip(&content)),
        ("two members", Compression::Gzip, [gzip(front), gzip(back)].concat()),
        ("empty members between", Compression::Gzip, [gzip(b""), gzip(front), gzip(b""), gzip(back)].concat()),
        ("all header fields", Compression::Gzip, named),
        ("one frame", Compression::Zstd, zstd(&content)),
        ("two frames", Compression::Zstd, [zstd(front), zstd(back)].concat()),
        ("skippable first", Compression::Zstd, [skippable(b"index"), zstd(&content)].concat()),
        (
            "skippable all over",
            Compression::Zstd,
            [skippable(b""), zstd(front), skippable(&[9; 5000]), zstd(back), skippable(b"x")].concat(),
        ),
    ];
    for (name, compression, data) in table {
        for lend in [1, 7, 4096, BUFFER_BYTES] {
            let (inflated, trailing, taken) = inflate(&data, compression, lend).unwrap();
            assert!(inflated == content, "{name}, lending {lend}");
            assert_eq!(trailing, Trailing::None, "{name}, lending {lend}");
            assert_eq!(taken, data.len() as u64, "{name}, lending {lend}");
        }
    }
}

#[test]
fn says_what_not_all_readers_inflate() {
    let named = |length: usize| {
        let mut encoder = GzBuilder::new().filename(vec![b'n'; length]).write(Vec::new(), flate2::Compression::best());
        encoder.write_all(b"content").unwrap();
        encoder.finish().unwrap()
    };
    let table = [
        ("a name of 511 bytes", Compression::Gzip, named(511), None),
        ("a name of 512 bytes", Compression::Gzip, named(512), Some(Oddity::LongHeaderText)),
        ("in the second member", Compression::Gzip, [gzip(b"a"), named(600)].concat(), Some(Oddity::LongHeaderText)),
        ("skippable first", Compression::Zstd, [skippable(b"i"), zstd(b"a")].concat(), Some(Oddity::SkippableFirst)),
        ("nothing but skippable", Compression::Zstd, skippable(b"i"), Some(Oddity::SkippableFirst)),
        ("skippable later", Compression::Zstd, [zstd(b"a"), skippable(b"i"), zstd(b"b")].concat(), None),
        ("an empty frame first", Compression::Zstd, [zstd(b""), zstd(b"a")].concat(), None),
    ];
    for (name, compression, data, expected) in table {
        let mut inflate = Inflate::new(data.as_slice(), compression, &Limits::default()).unwrap();
        std::io::copy(&mut inflate, &mut std::io::sink()).unwrap();
        assert_eq!(inflate.oddity(), expected, "{name}");
    }
}

#[test]
fn empty_content_is_valid() {
    for (compression, data) in
        [(Compression::Gzip, gzip(b"")), (Compression::Zstd, zstd(b"")), (Compression::None, Vec::new())]
    {
        assert_eq!(inflate(&data, compression, 64).unwrap(), (Vec::new(), Trailing::None, data.len() as u64));
    }
}

#[test]
fn says_what_trails() {
    let table: [(&[u8], Trailing); 7] = [
        (b"", Trailing::None),
        (b"\0", Trailing::Zeros(1)),
        (&[0; 700], Trailing::Zeros(700)),
        (b"\x1f", Trailing::Data(1)),
        (b"\0\0x", Trailing::Data(3)),
        (b"trailing", Trailing::Data(8)),
        (b"\x28\xb5\x2fx", Trailing::Data(4)),
    ];
    for (compression, data) in [(Compression::Gzip, gzip(b"content")), (Compression::Zstd, zstd(b"content"))] {
        for (tail, expected) in table {
            for lend in [1, 4096] {
                let data = [data.as_slice(), tail].concat();
                let (content, trailing, taken) = inflate(&data, compression, lend).unwrap();
                assert_eq!((content.as_slice(), trailing), (b"content".as_slice(), expected), "{compression} {tail:?}");
                assert_eq!(taken, data.len() as u64);
            }
        }
    }
}

#[test]
fn every_truncation_is_an_error() {
    let content = noise(500);
    let tables = [
        (Compression::Gzip, [gzip(&content), gzip(b"two")].concat(), gzip(&content).len()),
        (Compression::Zstd, [zstd(&content), skippable(b"two")].concat(), zstd(&content).len()),
    ];
    for (compression, data, first) in tables {
        for end in 0..data.len() {
            let result = inflate(&data[..end], compression, 64);
            // Behind the first member, fewer bytes than a magic number are not recognised as the start of a second.
            let magic = if compression == Compression::Gzip { 2 } else { 4 };
            if (first..first + magic).contains(&end) {
                let trailing = if end == first { Trailing::None } else { Trailing::Data((end - first) as u64) };
                assert_eq!(result.unwrap(), (content.clone(), trailing, end as u64));
                continue;
            }
            let error = result.expect_err("truncated");
            assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof, "{compression} cut at {end}: {error}");
            assert_eq!(
                *fault(&error),
                InflateError { compression, offset: end as u64, fault: InflateFault::Truncated },
                "{error}"
            );
        }
    }
}

#[test]
fn corrupt_data_is_an_error_that_says_where() {
    let content = noise(2000);
    let (gz, zst) = (gzip(&content), zstd(&content));
    let changed = |data: &[u8], at: usize| {
        let mut data = data.to_vec();
        data[at] ^= 1;
        data
    };
    let end = gz.len();
    let table = [
        (Compression::Gzip, changed(&gz, end - 8), "the CRC-32 stored before"),
        (Compression::Gzip, changed(&gz, end - 1), "the length stored before"),
        (Compression::Gzip, changed(&gz, 0), "the magic bytes are missing"),
        (Compression::Gzip, changed(&gz, 2), "compression method 9"),
        (
            Compression::Gzip,
            {
                let mut data = gz.clone();
                data[3] = 0x80;
                data
            },
            "reserved header flags",
        ),
        (Compression::Gzip, b"\x1f\x8b\x08\0\0\0\0\0\0\0\xff\xff\xff\xff".to_vec(), "near compressed byte"),
        (Compression::Zstd, changed(&zst, zst.len() - 1), "checksum"),
        (Compression::Zstd, changed(&zst, 0), "the magic bytes are missing"),
        (Compression::Zstd, b"not zstd".to_vec(), "the magic bytes are missing"),
    ];
    for (compression, data, what) in table {
        let error = inflate(&data, compression, 4096).expect_err(what);
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidData, "{error}");
        assert_eq!(fault(&error).compression, compression);
        let text = error.to_string();
        assert!(text.contains(what), "{text} has no {what}");
        assert!(text.starts_with(compression.name()), "{text}");
    }
}

#[test]
fn header_checksum_is_checked() {
    // FHCRC over a header without further fields, then an empty stored block and its trailer.
    let header = [0x1f, 0x8b, 8, 2, 0, 0, 0, 0, 0, 255];
    let mut crc = flate2::Crc::new();
    crc.update(&header);
    let sum = crc.sum() as u16;
    let body = [1, 0, 0, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0];
    let good = [&header[..], &sum.to_le_bytes(), &body].concat();
    assert_eq!(inflate(&good, Compression::Gzip, 64).unwrap().0, b"");
    let bad = [&header[..], &(sum ^ 1).to_le_bytes(), &body].concat();
    let error = inflate(&bad, Compression::Gzip, 64).expect_err("wrong header checksum");
    assert!(error.to_string().contains("header checksum"), "{error}");
}

#[test]
fn a_reader_moves_between_threads() {
    fn is_send<T: Send>() {}
    is_send::<Inflate<&[u8]>>();
}

#[test]
fn a_fault_repeats() {
    let mut data = gzip(b"content");
    data.truncate(data.len() - 1);
    let mut inflate = Inflate::new(data.as_slice(), Compression::Gzip, &Limits::default()).unwrap();
    let first = std::io::copy(&mut inflate, &mut std::io::sink()).expect_err("truncated");
    let second = inflate.fill_buf().expect_err("still truncated");
    assert_eq!(first.to_string(), second.to_string());
}

#[test]
fn xz_and_bzip2_are_not_decoded() {
    for compression in [Compression::Xz, Compression::Bzip2] {
        let error = Inflate::new(&b""[..], compression, &Limits::default()).err().expect("unsupported");
        assert_eq!(error.kind(), std::io::ErrorKind::Unsupported);
        assert_eq!(error.to_string(), format!("{compression} data is not supported"));
    }
}

#[test]
fn the_ratio_is_limited_behind_64_mib() {
    let limits = Limits { inflate_ratio: 100, ..Limits::default() };
    for (bytes, over) in [(60 << 20, false), (70 << 20, true)] {
        for compression in [Compression::Gzip, Compression::Zstd] {
            let zeros = vec![0; bytes];
            let data = if compression == Compression::Gzip { gzip(&zeros) } else { zstd(&zeros) };
            let mut inflate = Inflate::new(data.as_slice(), compression, &limits).unwrap();
            let result = std::io::copy(&mut inflate, &mut std::io::sink());
            if !over {
                assert_eq!(result.unwrap(), bytes as u64);
                continue;
            }
            let error = result.expect_err("over the ratio");
            let limit = error.get_ref().and_then(|e| e.downcast_ref::<LimitReached>());
            assert_eq!(limit, Some(&LimitReached { name: "inflate-ratio", limit: 100 }));
            assert!(inflate.fill_buf().is_err(), "stays an error");
        }
    }
}

#[test]
fn a_window_of_128_mib_is_read_and_a_larger_refused() {
    // Frame headers without content: magic, descriptor 0, window descriptor (exponent << 3), an empty last block.
    for (window_log, accepted) in [(27, true), (28, false)] {
        let frame = [0x28, 0xb5, 0x2f, 0xfd, 0, (window_log - 10) << 3, 1, 0, 0];
        let result = inflate(&frame, Compression::Zstd, 64);
        assert_eq!(result.is_ok(), accepted, "{result:?}");
        if let Err(error) = result {
            assert_eq!(fault(&error).fault, InflateFault::WindowTooLarge);
            assert_eq!(error.kind(), std::io::ErrorKind::Unsupported);
        }
    }
}

#[test]
fn lent_bytes_and_copied_bytes_are_the_same() {
    let content = noise(400_000);
    for (compression, data) in
        [(Compression::Gzip, gzip(&content)), (Compression::Zstd, zstd(&content)), (Compression::None, content.clone())]
    {
        let mut inflate = Inflate::new(data.as_slice(), compression, &Limits::default()).unwrap();
        let mut seen = Vec::new();
        let mut large = vec![0; BUFFER_BYTES];
        loop {
            let bytes = inflate.read(&mut large).unwrap();
            seen.extend_from_slice(&large[..bytes]);
            let lent = inflate.fill_buf().unwrap();
            let some = lent.len().min(1000);
            seen.extend_from_slice(&lent[..some]);
            inflate.consume(some);
            if bytes == 0 && some == 0 {
                break;
            }
        }
        assert!(seen == content, "{compression}");
    }
}

proptest::proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>, which in 0..3_usize, lend in 1..64_usize) {
        let (compression, magic) = [
            (Compression::Gzip, &b"\x1f\x8b\x08\0"[..]),
            (Compression::Zstd, b"\x28\xb5\x2f\xfd"),
            (Compression::None, b""),
        ][which];
        let _ = inflate(&bytes, compression, lend);
        let _ = inflate(&[magic, bytes.as_slice()].concat(), compression, lend);
        let _ = Compression::detect(&bytes);
    }

    #[test]
    fn changed_data_never_panics(content: Vec<u8>, at: proptest::sample::Index, byte: u8) {
        for (compression, mut data) in [(Compression::Gzip, gzip(&content)), (Compression::Zstd, zstd(&content))] {
            let at = at.index(data.len());
            data[at] = byte;
            let _ = inflate(&data, compression, 4096);
        }
    }
}
