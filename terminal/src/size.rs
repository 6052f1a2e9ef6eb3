//! Numbers as people read them.

/// Bytes in the unit that fits: `640 B`, `39.5 KiB`, `4.9 MiB`.
#[must_use]
pub fn bytes_text(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64 / 1024.0;
    let mut units = UNITS.iter();
    let mut name = units.next();
    // What would print as 1024.0 belongs to the next unit.
    while value >= 1023.95
        && let Some(larger) = units.next()
    {
        value /= 1024.0;
        name = Some(larger);
    }
    format!("{value:.1} {}", name.unwrap_or(&"B"))
}

/// A count with a comma every three digits.
#[must_use]
pub fn count_text(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count and its noun: `1 vector`, `2,000 vectors`.
#[must_use]
pub fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count_text(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_counts_read_well() {
        let cases =
            [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (40_448, "39.5 KiB"), (1 << 20, "1.0 MiB")];
        for (bytes, text) in cases {
            assert_eq!(bytes_text(bytes), text);
        }
        assert_eq!(bytes_text(1 << 40), "1.0 TiB");
        assert_eq!(bytes_text(u64::MAX), "16777216.0 TiB");
        assert_eq!([0, 1, 2000].map(|n| counted(n, "vector")), ["0 vectors", "1 vector", "2,000 vectors"]);
        for (count, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345_678, "12,345,678")] {
            assert_eq!(count_text(count), text);
        }
    }
}
