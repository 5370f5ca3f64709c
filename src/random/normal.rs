//! Many standard normal numbers at a time.
//!
//! Box and Muller (1958): of two uniform numbers u in (0, 1] and v in [0, 1)
//!
//! ```text
//! x = √(−2 ln u) cos 2πv,   y = √(−2 ln u) sin 2πv
//! ```
//!
//! are independent and standard normal. Logarithm, cosine and sine are branch-free series, which the
//! compiler vectorises; their errors are a few roundings. The largest number is √(106 ln 2) = 8.6.

/// Pairs drawn at a time.
pub(super) const PAIRS: usize = 128;

/// Numbers of 64 random bits become one.
const UNIT: f64 = 1.0 / (1_u64 << 53) as f64;

/// Turns `words` into numbers: the cosines of all pairs, then their sines.
pub(super) fn transform(words: &[u64; 2 * PAIRS], out: &mut [f64; 2 * PAIRS]) {
    let (first, second) = words.split_at(PAIRS);
    let (cosines, sines) = out.split_at_mut(PAIRS);
    let numbers = cosines.iter_mut().zip(sines);
    pulp::Arch::new().dispatch(
        #[inline(always)]
        || {
            for ((x, y), (&a, &b)) in numbers.zip(first.iter().zip(second)) {
                let radius = (-2.0 * logarithm(unit(a) + UNIT)).sqrt();
                let (c, s) = cosine_and_sine(unit(b));
                (*x, *y) = (radius * c, radius * s);
            }
        },
    );
}

/// 53 bits as a number in [0, 1): a sum of two halves, because few machines convert 64-bit integers in
/// vectors.
#[inline(always)]
fn unit(word: u64) -> f64 {
    const HIGH: f64 = 1.0 / (1_u64 << 32) as f64;
    let (high, low) = ((word >> 32) as u32, (word as u32) >> 11);
    f64::from(high).mul_add(HIGH, f64::from(low) * UNIT)
}

/// ln u for u in (0, 1]: with `u = 2^e m`, m in [√½, √2) and `s = (m − 1)/(m + 1)`,
/// `ln u = e ln 2 + 2 (s + s³/3 + s⁵/5 + …)`; |s| ≤ 0.172, so that what follows s²¹ is below 1e-18.
#[inline(always)]
fn logarithm(u: f64) -> f64 {
    const MANTISSA: u32 = 52;
    /// Bits of 1 less those of √½: moved by it, the exponent counts from √½.
    const MIDDLE: u64 = 0x3ff0_0000_0000_0000 - 0x3fe6_a09e_667f_3bcd;
    /// Twice the odd reciprocals, from the last to 1/3.
    const SERIES: [f64; 10] = [
        2.0 / 21.0,
        2.0 / 19.0,
        2.0 / 17.0,
        2.0 / 15.0,
        2.0 / 13.0,
        2.0 / 11.0,
        2.0 / 9.0,
        2.0 / 7.0,
        2.0 / 5.0,
        2.0 / 3.0,
    ];
    let shifted = u.to_bits().wrapping_add(MIDDLE);
    let exponent = (shifted >> MANTISSA) as u32 as i32 - 1023;
    let m = f64::from_bits(
        u.to_bits()
            .wrapping_sub((exponent as i64 as u64) << MANTISSA),
    );
    let s = (m - 1.0) / (m + 1.0);
    let square = s * s;
    let mut tail = SERIES[0];
    for c in &SERIES[1..] {
        tail = tail.mul_add(square, *c);
    }
    let of_m = (tail * square).mul_add(s, 2.0 * s);
    f64::from(exponent).mul_add(std::f64::consts::LN_2, of_m)
}

/// (cos 2πv, sin 2πv) for v in [0, 1): with q the quarter turn nearest to v and `a = 2πv − qπ/2` in
/// [−π/4, π/4], the Taylor series of cos a and sin a, exchanged and negated as q says.
#[inline(always)]
fn cosine_and_sine(v: f64) -> (f64, f64) {
    /// 1/16!, −1/14!, …, −1/2!.
    const COSINE: [f64; 8] = [
        1.0 / 20_922_789_888_000.0,
        -1.0 / 87_178_291_200.0,
        1.0 / 479_001_600.0,
        -1.0 / 3_628_800.0,
        1.0 / 40_320.0,
        -1.0 / 720.0,
        1.0 / 24.0,
        -0.5,
    ];
    /// −1/15!, 1/13!, …, −1/3!; what follows is below 1e-16 of a.
    const SINE: [f64; 7] = [
        -1.0 / 1_307_674_368_000.0,
        1.0 / 6_227_020_800.0,
        -1.0 / 39_916_800.0,
        1.0 / 362_880.0,
        -1.0 / 5_040.0,
        1.0 / 120.0,
        -1.0 / 6.0,
    ];
    let quarter = (4.0 * v).round_ties_even();
    let a = std::f64::consts::TAU * quarter.mul_add(-0.25, v);
    let square = a * a;
    let (mut cosine, mut sine) = (COSINE[0], SINE[0]);
    for c in &COSINE[1..] {
        cosine = cosine.mul_add(square, *c);
    }
    for c in &SINE[1..] {
        sine = sine.mul_add(square, *c);
    }
    let (cosine, sine) = (cosine.mul_add(square, 1.0), (sine * square).mul_add(a, a));
    let odd = quarter == 1.0 || quarter == 3.0;
    let (c, s) = if odd { (sine, cosine) } else { (cosine, sine) };
    let turned = |quarters: (f64, f64), x: f64| {
        if quarter == quarters.0 || quarter == quarters.1 {
            -x
        } else {
            x
        }
    };
    (turned((1.0, 2.0), c), turned((2.0, 3.0), s))
}

#[cfg(test)]
mod tests {
    use super::*;

    const POINTS: u32 = 100_003;

    #[test]
    fn the_logarithm_is_that_of_the_library() {
        for k in 1..=POINTS {
            for u in [
                f64::from(k) / f64::from(POINTS),
                UNIT * f64::from(k),
                1.0 - UNIT * f64::from(k),
            ] {
                let (got, want) = (logarithm(u), u.ln());
                assert!(
                    (got - want).abs() <= 4.0 * f64::EPSILON * want.abs(),
                    "ln {u}: {got}, {want}"
                );
            }
        }
        assert_eq!(logarithm(1.0), 0.0);
    }

    #[test]
    fn cosine_and_sine_are_those_of_the_library() {
        for k in 0..POINTS {
            let v = f64::from(k) / f64::from(POINTS);
            let (c, s) = cosine_and_sine(v);
            let (sine, cosine) = (std::f64::consts::TAU * v).sin_cos();
            // the library's angle carries the rounding of 2πv
            assert!(
                (c - cosine).abs() < 2e-15,
                "cos of {v} turns: {c}, {cosine}"
            );
            assert!((s - sine).abs() < 2e-15, "sin of {v} turns: {s}, {sine}");
        }
        assert_eq!(cosine_and_sine(0.25), (-0.0, 1.0));
        assert_eq!(cosine_and_sine(0.5).0, -1.0);
    }

    #[test]
    fn bits_are_taken_from_the_top() {
        assert_eq!(unit(u64::MAX), 1.0 - UNIT);
        assert_eq!(unit(1 << 63), 0.5);
        assert_eq!(unit(1 << 11), UNIT);
        assert_eq!(unit((1 << 11) - 1), 0.0);
    }
}
