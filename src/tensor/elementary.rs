//! `exp` and `tanh` as branch-free polynomials, which the compiler vectorises inside
//! [`super::elementwise::vectorised`].
//!
//! ```text
//! e^x = 2^n e^r,   n = round(x / ln 2),   r = x − n ln 2 in [−ln 2 / 2, ln 2 / 2]
//! ```
//!
//! `n` comes from adding 1.5·2^(mantissa bits), whose low bits then hold the integer; `ln 2` is
//! subtracted in two parts (the first short enough for an exact product); `e^r − 1` is a Taylor
//! polynomial; `2^n` is written into the exponent bits, for e^x in two halves, so that results under the
//! smallest normal number and over the largest come out right. Without a fused multiply–add in
//! the machine (before 2013) the polynomials are correct but slow.

/// Taylor coefficients 1/2!, 1/3!, … of e^r − 1 − r, highest first, for single precision.
const TAYLOR_F32: [f32; 6] = [
    1.0 / 5040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    0.5,
];

/// Taylor coefficients 1/2!, 1/3!, … of e^r − 1 − r up to degree 13, highest first, for double
/// precision.
const TAYLOR_F64: [f64; 12] = [
    1.0 / 6_227_020_800.0,
    1.0 / 479_001_600.0,
    1.0 / 39_916_800.0,
    1.0 / 3_628_800.0,
    1.0 / 362_880.0,
    1.0 / 40_320.0,
    1.0 / 5040.0,
    1.0 / 720.0,
    1.0 / 120.0,
    1.0 / 24.0,
    1.0 / 6.0,
    0.5,
];

/// Arguments beyond these give 0 and infinity in single precision.
const RANGE_F32: (f32, f32) = (-104.0, 89.0);
/// Arguments beyond these give 0 and infinity in double precision.
const RANGE_F64: (f64, f64) = (-746.0, 710.0);
/// From here on tanh rounds to 1 in single precision.
const SATURATION_F32: f32 = 10.0;
/// From here on tanh rounds to 1 in double precision.
const SATURATION_F64: f64 = 20.0;

/// `(e^r − 1 − r) / r²`, term by term.
#[inline(always)]
fn tail_f32(r: f32) -> f32 {
    let mut tail = TAYLOR_F32[0];
    for c in &TAYLOR_F32[1..] {
        tail = tail.mul_add(r, *c);
    }
    tail
}

/// `(e^r − 1 − r) / r²` by Estrin's scheme: pairs of terms, pairs of these, and the rest term by
/// term in r⁴. Four multiply–adds wait for each other instead of eleven, which takes a sixth of its
/// time from tanh.
#[inline(always)]
fn tail_f64(r: f64) -> f64 {
    let (square, fourth) = (r * r, (r * r) * (r * r));
    let pair = |k: usize| TAYLOR_F64[k].mul_add(r, TAYLOR_F64[k + 1]);
    let four = |k: usize| pair(k).mul_add(square, pair(k + 2));
    four(0).mul_add(fourth, four(4)).mul_add(fourth, four(8))
}

macro_rules! split_exponential {
    ($name:ident, $power:ident, $type:ident, $bits:ident, $bias:expr, $mantissa:expr, $hi:expr, $lo:expr, $tail:ident) => {
        /// `(e^r − 1, n)` with `e^x = e^r 2^n`; NaN in the first where x is NaN.
        #[inline(always)]
        fn $name(x: $type) -> ($type, $bits) {
            const MAGIC: $type = 1.5 * ((1_u64 << $mantissa) as $type);
            let shifted = x.mul_add(std::$type::consts::LOG2_E, MAGIC);
            let whole = shifted - MAGIC;
            let n = (shifted.to_bits() as $bits).wrapping_sub(MAGIC.to_bits() as $bits);
            let r = whole.mul_add(-$lo, whole.mul_add(-$hi, x));
            ($tail(r).mul_add(r * r, r), n)
        }

        /// 2^k of an exponent in the range of normal numbers.
        #[inline(always)]
        fn $power(k: $bits) -> $type {
            $type::from_bits((k.wrapping_add($bias).wrapping_shl($mantissa)) as _)
        }
    };
}

split_exponential!(
    split_f32,
    power_f32,
    f32,
    i32,
    127,
    23,
    0.693_145_75_f32,
    1.428_606_8e-6_f32,
    tail_f32
);
split_exponential!(
    split_f64,
    power_f64,
    f64,
    i64,
    1023,
    52,
    0.693_147_180_369_123_8_f64,
    1.908_214_929_270_587_7e-10_f64,
    tail_f64
);

macro_rules! elementary {
    ($exp:ident, $tanh:ident, $type:ident, $split:ident, $power:ident, $range:ident, $saturation:ident) => {
        /// e^x.
        #[inline(always)]
        pub(super) fn $exp(x: $type) -> $type {
            // comparisons, not min and max: those would turn NaN into a bound
            let x = if x > $range.1 { $range.1 } else { x };
            let x = if x < $range.0 { $range.0 } else { x };
            let (p, n) = $split(x);
            let (a, b) = ($power(n >> 1), $power(n - (n >> 1)));
            p.mul_add(a, a) * b
        }

        /// tanh x = expm1(2|x|) / (expm1(2|x|) + 2) with the sign of x.
        #[inline(always)]
        pub(super) fn $tanh(x: $type) -> $type {
            let y = x.abs();
            let y = if y > $saturation { $saturation } else { y };
            let (p, n) = $split(2.0 * y);
            let scale = $power(n); // n < 60
            let expm1 = p.mul_add(scale, scale - 1.0);
            (expm1 / (expm1 + 2.0)).copysign(x)
        }
    };
}

elementary!(
    exp_f32,
    tanh_f32,
    f32,
    split_f32,
    power_f32,
    RANGE_F32,
    SATURATION_F32
);
elementary!(
    exp_f64,
    tanh_f64,
    f64,
    split_f64,
    power_f64,
    RANGE_F64,
    SATURATION_F64
);

#[cfg(test)]
mod tests {
    use super::*;

    /// Largest error over `inputs` in units of the last place of the single-precision result.
    fn ulps_f32(
        inputs: impl Iterator<Item = f32>,
        f: fn(f32) -> f32,
        truth: fn(f64) -> f64,
    ) -> f64 {
        inputs
            .map(|x| {
                let want = truth(f64::from(x));
                let ulp = f64::from((want as f32).abs().next_up()) - f64::from((want as f32).abs());
                (f64::from(f(x)) - want).abs() / ulp
            })
            .fold(0.0, |a, b| if b > a || b.is_nan() { b } else { a })
    }

    fn ulps_f64(
        inputs: impl Iterator<Item = f64>,
        f: fn(f64) -> f64,
        truth: fn(f64) -> f64,
    ) -> f64 {
        inputs
            .map(|x| {
                let want = truth(x);
                (f(x) - want).abs() / (want.abs().next_up() - want.abs())
            })
            .fold(0.0, |a, b| if b > a || b.is_nan() { b } else { a })
    }

    fn grid(from: f64, to: f64) -> impl Iterator<Item = f64> {
        const POINTS: u32 = 200_003;
        (0..POINTS).map(move |k| from + (to - from) * f64::from(k) / f64::from(POINTS - 1))
    }

    #[test]
    fn exp_is_accurate_over_its_range() {
        assert!(ulps_f32(grid(-87.0, 88.7).map(|x| x as f32), exp_f32, f64::exp) < 1.5);
        assert!(ulps_f64(grid(-708.0, 709.7), exp_f64, f64::exp) < 2.0);
    }

    #[test]
    fn tanh_is_accurate_also_near_zero() {
        for reach in [1e-4, 1.0, 12.0] {
            let error = ulps_f32(grid(-reach, reach).map(|x| x as f32), tanh_f32, f64::tanh);
            assert!(error <= 3.0, "f32, |x| < {reach}: {error} ulp");
            let error = ulps_f64(grid(-reach, reach), tanh_f64, f64::tanh);
            assert!(error <= 4.0, "f64, |x| < {reach}: {error} ulp");
        }
    }

    #[test]
    fn the_ends_of_the_range_are_right() {
        assert_eq!(exp_f32(0.0), 1.0);
        assert_eq!(exp_f64(f64::INFINITY), f64::INFINITY);
        assert_eq!(exp_f64(f64::NEG_INFINITY), 0.0);
        assert_eq!(exp_f32(f32::INFINITY), f32::INFINITY);
        assert_eq!(exp_f32(f32::NEG_INFINITY), 0.0);
        assert!(exp_f32(f32::NAN).is_nan() && exp_f64(f64::NAN).is_nan());
        assert!(tanh_f32(f32::NAN).is_nan() && tanh_f64(f64::NAN).is_nan());
        assert_eq!(tanh_f64(f64::INFINITY), 1.0);
        assert_eq!(tanh_f32(f32::NEG_INFINITY), -1.0);
        assert_eq!(tanh_f64(-0.0).to_bits(), (-0.0_f64).to_bits());
        let subnormal = exp_f64(-740.0);
        assert!(
            (subnormal / (-740.0_f64).exp() - 1.0).abs() < 1e-2,
            "{subnormal}"
        );
    }
}
