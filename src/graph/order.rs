//! The order in which nodes can be worked on when each needs others first.

use super::NodeId;

/// The nodes that some reference, themselves included: each once, and behind all that it needs, except where nodes reference
/// themselves in a circle.
///
/// No recursion: untrusted indexes may form a chain as long as there are entries.
pub fn bottom_up(
    nodes: usize,
    from: impl IntoIterator<Item = NodeId>,
    needs: impl Fn(NodeId) -> Vec<NodeId>,
) -> Vec<NodeId> {
    let mut seen = vec![false; nodes];
    let mut order = Vec::new();
    let mut open: Vec<(NodeId, std::vec::IntoIter<NodeId>)> = Vec::new();
    for start in from {
        let mut next = Some(start);
        while next.is_some() || !open.is_empty() {
            if let Some(id) = next.take().filter(|&id| !std::mem::replace(&mut seen[id], true)) {
                open.push((id, needs(id).into_iter()));
            }
            if let Some((id, children)) = open.last_mut() {
                next = children.next();
                if next.is_none() {
                    order.push(*id);
                    open.pop();
                }
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_once_and_behind_what_it_needs() {
        for (links, from, expected) in [
            (vec![vec![1, 2], vec![2], vec![]], vec![0], vec![2, 1, 0]),
            (vec![vec![1, 1], vec![], vec![0]], vec![2, 1], vec![1, 0, 2]),
            (vec![vec![1], vec![2], vec![0]], vec![1], vec![0, 2, 1]),
            (vec![vec![0]], vec![0, 0], vec![0]),
            (vec![vec![], vec![]], vec![], vec![]),
        ] {
            assert_eq!(bottom_up(links.len(), from, |id| links[id].clone()), expected, "{links:?}");
        }
    }

    #[test]
    fn a_long_chain_does_not_exhaust_the_stack() {
        let order = bottom_up(1_000_000, [0], |id| if id + 1 < 1_000_000 { vec![id + 1] } else { Vec::new() });
        assert_eq!((order.len(), order[0]), (1_000_000, 999_999));
    }
}
