//! Dividing a rectangle among weights, each part as square as it goes ("Squarified Treemaps", Bruls, Huizing, van Wijk).

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Rect {
    fn area(&self) -> f64 {
        self.width * self.height
    }
}

/// A part for each weight, in the same order. The greatest should stand first; those of zero get no area.
pub(super) fn squarify(weights: &[u64], whole: Rect) -> Vec<Rect> {
    let total: f64 = weights.iter().map(|weight| *weight as f64).sum();
    let mut parts = Vec::with_capacity(weights.len());
    if total <= 0.0 || whole.area() <= 0.0 {
        parts.resize(weights.len(), Rect { width: 0.0, height: 0.0, ..whole });
        return parts;
    }
    let scale = whole.area() / total;
    let areas: Vec<f64> = weights.iter().map(|weight| *weight as f64 * scale).collect();
    let (mut free, mut rest) = (whole, areas.as_slice());
    while !rest.is_empty() {
        let count = row(rest, free.width.min(free.height));
        let (own, others) = rest.split_at(count);
        free = place(own, free, &mut parts);
        rest = others;
    }
    parts
}

/// How many of the next parts make the best row along a side.
fn row(areas: &[f64], side: f64) -> usize {
    let (mut sum, mut best, mut count) = (0.0, f64::INFINITY, 0);
    let (mut least, mut most) = (f64::INFINITY, 0.0_f64);
    for area in areas {
        sum += area;
        least = least.min(*area);
        most = most.max(*area);
        let worst = if least > 0.0 && side > 0.0 {
            (side * side * most / (sum * sum)).max(sum * sum / (side * side * least))
        } else {
            f64::INFINITY
        };
        if count > 0 && worst > best {
            break;
        }
        best = worst;
        count += 1;
    }
    count
}

/// Places a row along the shorter side, and says what is left.
fn place(areas: &[f64], free: Rect, parts: &mut Vec<Rect>) -> Rect {
    let sum: f64 = areas.iter().sum();
    let share = |area: f64| if sum > 0.0 { area / sum } else { 0.0 };
    let upright = free.width >= free.height;
    let (side, across) = if upright { (free.height, free.width) } else { (free.width, free.height) };
    let depth = if side > 0.0 { (sum / side).min(across) } else { 0.0 };
    let mut at = 0.0;
    for area in areas {
        let length = side * share(*area);
        parts.push(if upright {
            Rect { x: free.x, y: free.y + at, width: depth, height: length }
        } else {
            Rect { x: free.x + at, y: free.y, width: length, height: depth }
        });
        at += length;
    }
    if upright {
        Rect { x: free.x + depth, width: free.width - depth, ..free }
    } else {
        Rect { y: free.y + depth, height: free.height - depth, ..free }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WHOLE: Rect = Rect { x: 0.0, y: 0.0, width: 600.0, height: 400.0 };

    #[test]
    fn the_example_of_the_paper() {
        let parts = squarify(&[6, 6, 4, 3, 2, 2, 1], Rect { x: 0.0, y: 0.0, width: 6.0, height: 4.0 });
        let two = Rect { x: 0.0, y: 0.0, width: 3.0, height: 2.0 };
        assert_eq!(parts[..2], [two, Rect { y: 2.0, ..two }]);
        assert!((parts[2].width - 12.0 / 7.0).abs() < 1e-9 && (parts[2].height - 7.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn nothing_weighs_nothing() {
        assert!(squarify(&[], WHOLE).is_empty());
        assert!(squarify(&[0, 0], WHOLE).iter().all(|part| part.area() == 0.0));
        let parts = squarify(&[5, 0], WHOLE);
        assert!((parts[0].area() - WHOLE.area()).abs() < 1e-6 && parts[1].area() == 0.0);
    }

    proptest! {
        #[test]
        fn every_part_has_its_share_inside_the_whole(mut weights in prop::collection::vec(0_u64..1 << 40, 1..60)) {
            weights.sort_unstable_by_key(|weight| std::cmp::Reverse(*weight));
            let total: f64 = weights.iter().map(|weight| *weight as f64).sum();
            prop_assume!(total > 0.0);
            for (weight, part) in weights.iter().zip(squarify(&weights, WHOLE)) {
                prop_assert!((part.area() - WHOLE.area() * *weight as f64 / total).abs() < 0.01);
                prop_assert!(part.x >= 0.0 && part.x + part.width <= WHOLE.width + 0.01);
                prop_assert!(part.y >= 0.0 && part.y + part.height <= WHOLE.height + 0.01);
            }
        }
    }
}
