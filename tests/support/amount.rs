//! How much a run tries. What is promised of hundreds of files is tried on a part of them that has every kind;
//! `OCIKIT_TESTS=all` tries everything.

/// Whether everything is asked for.
pub fn is_everything() -> bool {
    match std::env::var("OCIKIT_TESTS").as_deref() {
        Ok("all") => true,
        Ok("") | Err(_) => false,
        Ok(other) => panic!("OCIKIT_TESTS is `{other}`, not `all`"),
    }
}

/// So many of a thing, or half of them where not everything is asked for.
pub fn many(all: usize) -> usize {
    if is_everything() { all } else { all / 2 }
}

/// Of so many ways to try a thing, the one that is this name's turn: the same in every run, and others for other names.
pub fn is_turn(name: &str, way: usize, of: usize) -> bool {
    is_everything() || turn(name, of) == way % of
}

/// A number below `of`, by the name alone.
fn turn(name: &str, of: usize) -> usize {
    // FNV-1a.
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    ((hash >> 32) % of as u64) as usize
}

#[test]
fn each_way_has_its_turn() {
    let names: Vec<String> = (0..100).map(|number| format!("testdata/{number}.tar")).collect();
    for way in 0..5 {
        let count = names.iter().filter(|name| turn(name, 5) == way).count();
        assert!((8..40).contains(&count), "{way}: {count}");
    }
}
