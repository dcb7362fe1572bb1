/// Chance with a memory: the same seed gives the same choices on every machine and in every version.
///
/// `SplitMix64`, with weights of basic arithmetic alone.
#[derive(Debug, Clone)]
pub(super) struct Rng {
    state: u64,
    /// What comes first instead.
    first: Option<u64>,
}

/// Fractions of the roots of primes, as multiples of 2^-64: their multiples never fall together.
const STEPS: [u64; 8] = [
    0x6a09_e667_f3bc_c909,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];

impl Rng {
    /// A stream of its own for every label.
    pub fn new(seed: u64, label: u64) -> Self {
        let mut rng = Self {
            state: seed ^ label.wrapping_mul(0xd6e8_feb8_6659_fd93),
            first: None,
        };
        rng.next();
        rng
    }

    fn next(&mut self) -> u64 {
        if let Some(first) = self.first.take() {
            return first;
        }
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`; 0 when there is none.
    #[expect(clippy::cast_possible_truncation, reason = "the result is below n")]
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    /// One of them.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let at = self.below(from.len());
        from.get(at)
    }

    /// A position, the likelier the more it weighs; the first when nothing weighs anything.
    pub fn weighted(&mut self, weights: &[f32]) -> usize {
        let total: f32 = weights.iter().sum();
        let mut left = total * self.unit();
        for (at, weight) in weights.iter().enumerate() {
            left -= weight;
            if left < 0.0 {
                return at;
            }
        }
        weights.iter().position(|weight| *weight > 0.0).unwrap_or(0)
    }

    #[expect(clippy::cast_precision_loss, reason = "24 bits fit")]
    fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u32 << 24) as f32
    }

    /// A stream whose first choice is spread evenly over neighbouring seeds: what is chosen
    /// with one seed is seldom chosen with the next ones.
    pub fn spread(seed: u64, dimension: usize, attempt: usize) -> Self {
        let step = STEPS.get(dimension % STEPS.len()).copied().unwrap_or(1);
        let mut rng = Self::new(seed, 1_000 + (dimension * 64 + attempt) as u64);
        let apart = (attempt as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        rng.first = Some(seed.wrapping_mul(step).wrapping_add(apart));
        rng
    }

    /// Mixes the order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}

/// e to the power of x, near enough for weights, by multiplication alone and thus everywhere the same.
pub(super) fn exp(x: f32) -> f32 {
    let mut power = (1.0 + x.clamp(-40.0, 20.0) / 64.0).max(0.0);
    for _ in 0..6 {
        power *= power;
    }
    power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_algorithm_never_changes() {
        let mut rng = Rng::new(7, 0);
        let found: Vec<_> = (0..6).map(|_| rng.below(1000)).collect();
        assert_eq!(found, [16, 900, 582, 452, 249, 467]);
    }

    #[test]
    fn weights_count() {
        let mut rng = Rng::new(1, 2);
        assert!((0..50).all(|_| rng.weighted(&[0.0, 1.0, 0.0]) == 1));
        assert_eq!(rng.weighted(&[0.0, 0.0]), 0);
        assert!((exp(1.0) - std::f32::consts::E).abs() < 0.05);
    }
}
