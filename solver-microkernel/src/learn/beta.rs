//! Normal, gamma and beta variates.
//!
//! Normal: the polar method (Marsaglia and Bray, SIAM Review 6, 1964). Gamma: Marsaglia and Tsang, "A
//! simple method for generating gamma variables" (ACM TOMS 26, 2000), section 2. Beta: X / (X + Y) of
//! two gammas. Only square roots and logarithms of `libm`, so the bits are the same everywhere.

use super::rng::Rng;

/// A standard normal variate.
#[inline(never)]
pub fn normal(rng: &mut Rng) -> f64 {
    loop {
        let x = 2.0 * rng.unit() - 1.0;
        let y = 2.0 * rng.unit() - 1.0;
        let s = x * x + y * y;
        if s > 0.0 && s < 1.0 {
            return x * solver_kernels::sqrt64(-2.0 * libm::log(s) / s);
        }
    }
}

/// A gamma variate of scale 1; `shape` is raised to 1 when it is less or not a number.
#[inline(never)]
pub fn gamma(rng: &mut Rng, shape: f64) -> f64 {
    let d = shape.max(1.0) - 1.0 / 3.0;
    let c = 1.0 / solver_kernels::sqrt64(9.0 * d);
    loop {
        let x = normal(rng);
        let v = 1.0 + c * x;
        if v <= 0.0 {
            continue;
        }
        let v = v * v * v;
        let u = rng.unit();
        let squared = x * x;
        let quick = u < 1.0 - 0.0331 * squared * squared;
        if quick || libm::log(u) < 0.5 * squared + d * (1.0 - v + libm::log(v)) {
            return d * v;
        }
    }
}

/// A Beta(alpha, beta) variate for alpha and beta of at least 1.
pub fn beta(rng: &mut Rng, alpha: f64, beta: f64) -> f64 {
    let x = gamma(rng, alpha);
    let y = gamma(rng, beta);
    x / (x + y)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(mut sample: impl FnMut(&mut Rng) -> f64) -> (f64, f64) {
        let mut rng = Rng::new(7);
        let n = 200_000;
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..n {
            let x = sample(&mut rng);
            sum += x;
            squares += x * x;
        }
        let mean = sum / f64::from(n);
        (mean, squares / f64::from(n) - mean * mean)
    }

    #[test]
    fn means_and_variances_are_those_of_the_distributions() {
        let (mean, variance) = moments(normal);
        assert!(mean.abs() < 0.01 && (variance - 1.0).abs() < 0.02, "{mean} {variance}");
        for shape in [1.0, 1.5, 4.0, 60.0] {
            let (mean, variance) = moments(|rng| gamma(rng, shape));
            assert!((mean / shape - 1.0).abs() < 0.02 && (variance / shape - 1.0).abs() < 0.03, "{shape}");
        }
        for (a, b) in [(1.0, 1.0), (2.0, 5.0), (30.0, 3.0)] {
            let (mean, variance) = moments(|rng| beta(rng, a, b));
            let sum: f64 = a + b;
            assert!((mean - a / sum).abs() < 0.005, "{a} {b} {mean}");
            assert!((variance / (a * b / (sum * sum * (sum + 1.0))) - 1.0).abs() < 0.03, "{a} {b}");
        }
    }
}
