//! Gzip and zstd: what we inflate without complaint others inflate to the same bytes.

use std::io::{BufReader, Read};

use ocikit::codec::{BUFFER_BYTES, Compression, DETECT_BYTES, Inflate, Trailing};
use ocikit::limits::Limits;

/// No input of a fuzzer's needs more.
const MOST: u64 = 8 << 20;

pub fn target(data: &[u8]) {
    let compression = Compression::detect(&data[..data.len().min(DETECT_BYTES)]);
    let ours = inflate(data, compression, BUFFER_BYTES, 1 << 16);
    // Neither the pieces in which bytes come nor those in which they are taken matter.
    let in_pieces = inflate(data, compression, 13, 7);
    // Where the fault shows depends on how far the decoder had read ahead.
    assert_eq!(ours.as_ref().ok(), in_pieces.as_ref().ok());
    let Ok((bytes, trailing)) = ours else { return };
    if bytes.len() as u64 >= MOST {
        return;
    }
    let behind = match trailing {
        Trailing::None => 0,
        Trailing::Zeros(count) | Trailing::Data(count) => count,
    };
    let members = &data[..data.len() - usize::try_from(behind).unwrap()];
    let mut theirs = Vec::new();
    let result = match compression {
        Compression::Gzip => flate2::read::MultiGzDecoder::new(members).take(MOST).read_to_end(&mut theirs),
        Compression::Zstd => {
            // In one go libzstd refuses an empty frame with blocks that it takes in pieces, as files come.
            let pieces = BufReader::with_capacity(4, members);
            let mut decoder = zstd::Decoder::with_buffer(pieces).unwrap();
            decoder.window_log_max(27).unwrap();
            decoder.take(MOST).read_to_end(&mut theirs)
        }
        _ => {
            theirs = members.to_vec();
            Ok(0)
        }
    };
    result.unwrap_or_else(|error| panic!("others refuse what we take: {error}"));
    assert_eq!(bytes, theirs);
}

fn inflate(data: &[u8], compression: Compression, out: usize, capacity: usize) -> Result<(Vec<u8>, Trailing), String> {
    let reader = BufReader::with_capacity(capacity, data);
    let mut inflate = Inflate::new(reader, compression, &Limits::default()).map_err(|error| error.to_string())?;
    let (mut bytes, mut buffer) = (Vec::new(), vec![0; out]);
    while (bytes.len() as u64) < MOST {
        match inflate.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(error) => {
                assert!(inflate.read(&mut buffer).is_err(), "a fault passes away");
                return Err(error.to_string());
            }
        }
    }
    bytes.truncate(usize::try_from(MOST).unwrap());
    assert!(inflate.compressed_bytes() <= data.len() as u64);
    Ok((bytes, inflate.trailing()))
}
