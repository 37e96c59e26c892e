#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ocikit_fuzz::targets::signatures::target(data));
