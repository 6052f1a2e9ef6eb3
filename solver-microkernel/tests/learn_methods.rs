//! The policy that chooses methods: on costs that are known, on bytes of others.
#![cfg(feature = "policy")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use solver_microkernel::learn::beta::normal;
use solver_microkernel::learn::limits::{RACE, SLOTS};
use solver_microkernel::learn::methods::{Methods, Observation, Signature};
use solver_microkernel::learn::rng::Rng;

fn bytes(methods: &Methods) -> Vec<u8> {
    methods.words().iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// The state of bytes that were saved.
fn load(saved: &[u8]) -> Option<Methods> {
    let mut methods = Methods::new().unwrap();
    methods.load(saved).unwrap().then_some(methods)
}

/// Runs an arm against its cap as a solver would: the units it took, and what is observed.
fn attempt(methods: &mut Methods, signature: Signature, costs: &[f64], noise: f64, rng: &mut Rng) -> f64 {
    let guess = [1000.0; 4];
    let choice = methods.choose(signature, &guess[..costs.len()], rng);
    let cost = |arm: usize| costs[arm] * noise;
    let mut spent = 0.0;
    let mut observe = |arm: usize, units: f64, solved: bool| {
        spent += units;
        methods.observe(&Observation { signature, arm, solved, cost: units as u64 });
    };
    match choice.cap {
        Some(cap) if cost(choice.arm) > cap as f64 => {
            observe(choice.arm, cap as f64, false);
            observe(choice.fallback, cost(choice.fallback), true);
        }
        _ => observe(choice.arm, cost(choice.arm), true),
    }
    spent
}

#[test]
fn it_finds_the_cheapest_arm_of_each_kind_and_never_pays_much_for_a_dear_one() {
    // Kinds of problem in which another arm is best each time, and bad arms are very bad.
    let kinds: [[f64; 3]; 4] =
        [[100.0, 150.0, 5000.0], [900.0, 300.0, 350.0], [1e6, 4e5, 2e5], [50.0, 5e4, 40.0]];
    let mut rng = Rng::new(1);
    let mut methods = Methods::new().unwrap();
    let (mut second_half, mut worst) = (0.0, 0.0f64);
    let mut fixed = [0.0; 3];
    for round in 0..400 {
        let kind = rng.range(0, 3) as usize;
        let signature = Signature::new(1, &[kind as i32]);
        let noise = libm::exp(0.25 * normal(&mut rng));
        let best = kinds[kind].iter().copied().fold(f64::INFINITY, f64::min) * noise;
        let spent = attempt(&mut methods, signature, &kinds[kind], noise, &mut rng);
        if round >= 200 {
            second_half += (spent / best).ln() / 200.0;
            worst = worst.max(spent / best);
            for (sum, cost) in fixed.iter_mut().zip(kinds[kind]) {
                *sum += (cost * noise / best).ln() / 200.0;
            }
        }
    }
    let regret = f64::exp(second_half);
    assert!(regret < 1.25, "{regret}");
    assert!(fixed.iter().all(|fixed| fixed.exp() > regret), "{fixed:?} {regret}");
    // The cap over a mean that the noise may have made half too large, then the best arm.
    assert!(worst < 2.0 * RACE + 1.0, "{worst}");
}

#[test]
fn the_same_observations_give_the_same_bytes_and_choices() {
    let run = || {
        let mut rng = Rng::new(9);
        let mut methods = Methods::new().unwrap();
        for round in 0..300 {
            let signature = Signature::new(2, &[round % 90, 5]);
            attempt(&mut methods, signature, &[10.0, 20.0, 30.0, 5.0], 1.0, &mut rng);
        }
        bytes(&methods)
    };
    let saved = run();
    assert_eq!(saved, run());
    let loaded = load(&saved).unwrap();
    assert_eq!(bytes(&loaded), saved);
}

#[test]
fn the_kinds_used_last_are_kept() {
    let mut methods = Methods::new().unwrap();
    let kind = |number: i32| Signature::new(3, &[number % 100, number / 100]);
    for number in 0..1000 {
        for kept in [kind(0), kind(number)] {
            methods.observe(&Observation { signature: kept, arm: 1, solved: true, cost: 7 });
        }
    }
    assert_eq!(bytes(&methods).len(), 24 + 112 * SLOTS);
    assert_eq!(methods.attempts(kind(0), 1), 1001);
    let kept = (1..1000).filter(|number| methods.attempts(kind(*number), 1) == 1).collect::<Vec<_>>();
    assert_eq!(kept, (1000 - SLOTS as i32 + 1..1000).collect::<Vec<_>>());
    assert!(methods.attempts(kind(1), 1) == 0);
}

#[test]
fn bytes_that_are_no_state_are_refused() {
    let mut methods = Methods::new().unwrap();
    let mut rng = Rng::new(4);
    for round in 0..40 {
        let signature = Signature::new(2, &[round % 5]);
        attempt(&mut methods, signature, &[10.0, 20.0, 300.0], 1.0, &mut rng);
    }
    let saved = bytes(&methods);
    for len in 0..saved.len() {
        assert_eq!(load(&saved[..len]), None, "{len}");
    }
    let mut taken = 0;
    for at in 0..saved.len() {
        for bit in 0..8 {
            let mut broken = saved.clone();
            broken[at] ^= 1 << bit;
            if let Some(mut other) = load(&broken) {
                assert_eq!(bytes(&other), broken, "{at}");
                attempt(&mut other, Signature::new(2, &[1]), &[10.0, 20.0, 300.0], 1.0, &mut rng);
                taken += 1;
            }
        }
    }
    assert!(taken < 8 * saved.len() * 3 / 4, "{taken} of {}", 8 * saved.len());
}

#[test]
fn observations_are_numbers_and_back() {
    let signature = Signature::new(7, &[1, -1, 1000, -1000, 0, 3, 4, 99]);
    let mut methods = Methods::new().unwrap();
    for arm in 0..4 {
        for solved in [false, true] {
            let words = Observation { signature, arm, solved, cost: 1 << 60 }.words();
            assert!(methods.take(&words), "{words:?}");
        }
        assert_eq!(methods.attempts(signature, arm), 2);
    }
    let before = bytes(&methods);
    for words in [[0, 0, 1], [1, 4, 1], [1, 512, 1], [1, u64::MAX, 1]] {
        assert!(!methods.take(&words), "{words:?}");
    }
    assert_eq!(bytes(&methods), before);
    assert_ne!(Signature::new(1, &[0]), Signature::new(1, &[1]));
    assert_ne!(Signature::new(1, &[]), Signature::new(2, &[]));
}
