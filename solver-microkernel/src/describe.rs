//! What this solver can do, as JSON: a host makes its commands and their help from it.
//!
//! JSON repeats itself, and the module travels in every file. So it carries a text in which single
//! characters stand for phrases, and writes the JSON out when it is asked for; natively the compiler does.

/// What stands for what. A phrase may hold the ones above it; its other characters are plain.
const PHRASES: &[(u8, &str)] = &[
    (b'\n', r#""}]},{"id":"#),
    (b'$', r#","name":""#),
    (b'!', r#"","doc":""#),
    (b'~', r#"","params":[{"id":"#),
    (b'<', r#"","params":[],"columns":[{"name":""#),
    (b'#', r#""},{"id":"#),
    (b'&', r#""}],"columns":[{"name":""#),
    (b'?', r#""},{"name":""#),
    (b'%', r#"","type":""#),
    (b'^', r#"","unit":""#),
    (b'*', r#"","default":"#),
    (b'\t', r#","doc":""#),
    (b'>', r#"%enum","choices":[""#),
    (b'\'', "\",\"required\":true\t"),
    (b'`', "%u64^id"),
    (b'\\', "%f64^ratio"),
    (b'@', "1$matrix%string^matrix!Name of the matrix; default: the first one"),
    (
        b'{',
        "@#2$b%string^array!Right-hand side: name of a dense array; default: ones#3$rows%u64[]!Its rows that are \
         not zero, ascending; with values#4$values%f64[]!All of it, or its elements at rows",
    ),
    (b'}', "16$x%string^array!Name of a dense array#17$x-values%f64[]!The vector itself, instead of a name"),
];

const HEAD: &str = concat!(
    r#"{"name":"rvf-solver","version":""#,
    env!("CARGO_PKG_VERSION"),
    r#"","abi":1,"operations":[{"id":"#
);
const TAIL: &str = r#""}]}]}"#;

const KNN: &str = "1$knn!The k nearest vectors of each query, exactly, nearest first~1$query%f32[]^vectors'Vectors to \
                   look for#2$k%u64^count*10,\"min\":1,\"max\":65536\tNeighbours per query#3$metric>l2\",\"ip\",\
                   \"cosine\"]\tl2 is squared. Default: that of the file#4$exclude%u64[]^id!Vectors to leave \
                   out&query%u32?id`?distance%f32";

/// The operations whose result has a row for every vector, and `stats`.
const ROWS: &str = if cfg!(feature = "rows") {
    "\n2$distances!The distance from each query to every vector~1$query%f32[]^vectors'Vectors to measure \
     from#3$metric>l2\",\"ip\",\"cosine\"]\tl2 is squared. Default: that of the file#5$ids%u64[]^id!Default: \
     all&query%u32?id`?distance%f32\
     \n3$normalize!Vectors divided by their length~5$ids%u64[]^id!Default: all&id`?vector%f32^vectors\
     \n4$stats!Counts and lengths of vectors<count%u64^count?dimension%u32^count?deleted%u64^count?zero%u64^count?\
     skipped%u64^count?norm_min%f64?norm_max%f64?norm_mean%f64"
} else {
    ""
};

/// Matrices and graphs.
const SPARSE: &str = if cfg!(feature = "sparse") {
    "\n16$solve!x with A x = b. A must be dominated by its diagonal (by rows or columns; weakly, if every row leads to \
     a strict one) or be a Laplacian. error_bound in the summary is proven where dominance is strict; converged is \
     false when the tolerance was not reached~{#5$method>auto\",\"jacobi-cg\",\"ic0-cg\",\"achol-cg\",\
     \"gauss-seidel\",\"bicgstab-jacobi\",\"bicgstab-ilu0\"]\tauto: by measured properties#6$tolerance\\*1e-8\tWanted \
     |b - A x| / |b|#7$max-iterations%u64^count*10000,\"min\":1\tIterations at most#8$seed%u64*1\tOf the random numbers \
     of achol-cg#9$unproven>no\",\"yes\"]\tyes: try other matrices too, with nothing proven&row`?x%f64\
     \n17$entry!Single elements of x with A x = b, for a matrix strictly dominated by rows, from the rows around them. \
     |value - x| is at most bound: always where confidence is 1, else with that probability~{#5$method>auto\",\
     \"push\",\"solve\"]\tpush: only rows around the entry; solve: everything; auto: what is cheaper#6$tolerance%f64!\
     Wanted bound; default: a hundredth of the largest |x| possible#8$seed%u64*1\tOf the random walks#10$ids%u64[]^id'\
     Rows wanted#11$confidence\\*1\tBelow 1, random walks may end the work#12$max-rows%u64^count*200000,\"min\":1\tRows \
     that may be read one by one&row`?value%f64?bound%f64?confidence\\?rows_read%u64^count?bytes_read%u64^bytes\
     \n18$pagerank!PageRank of a graph with weights of zero or more. The errors of all scores add up to at most \
     residual in the summary~@#6$tolerance\\*1e-8\tWanted sum of all errors#13$alpha\\*0.15\tChance that a walk ends at \
     each step#14$k%u64^count\",\"min\":1,\"max\":65536\tOnly the k best, best first&id`?score\\\
     \n19$ppr!Personalised PageRank: the k nodes where walks from the seeds end most often, best first. The true value \
     is score to score + bound; certified 1: no other node has more than the last one, beyond the tolerance~@#5$method>\
     auto\",\"push\"]\tpush: only nodes around the seeds; auto: the whole graph if need be#6$tolerance\\*1e-9\tValues \
     that differ by no more count as equal#10$ids%u64[]^id'Nodes to start from, with equal shares#13$alpha\\*0.15\t\
     Chance that a walk ends at each step#14$k%u64^count*10,\"min\":1,\"max\":65536\tNodes wanted#20$max-work%u64^count\
     \",\"min\":1\tEntries passed before push gives up&id`?score\\?bound\\?certified%u32\
     \n20$diffuse!Heat kernel s exp(-t (I - P)) from the seeds: the k warmest nodes. The true value is score to \
     score + bound~@#6$tolerance\\*1e-8\tWanted sum of all errors#10$ids%u64[]^id'Nodes to start from, with equal \
     shares#14$k%u64^count*10,\"min\":1,\"max\":65536\tNodes wanted#15$time%f64*5\tHow long heat flows, 0 to 700&id`?\
     score\\?bound\\\
     \n21$spmv!y = A x~@#}&row`?y%f64\
     \n22$residual!b - A x; the summary has |b - A x| / |b| and, for a dominated matrix, a proven bound of the error \
     of x~{#}&row`?residual%f64\
     \n23$degree!How many entries rows have, and their sum~@#10$ids%u64[]^id!Rows wanted; default: all&id`?degree%u32\
     ^count?weight%f64\
     \n24$neighbors!The entries of rows~@#10$ids%u64[]^id'Rows wanted&id`?neighbor`?weight%f64\
     \n25$relu!max(x, 0), element by element~}&value%f64\
     \n26$gelu!x times the normal distribution function at x~}&value%f64\
     \n27$axpy!b + factor x~2$b%string^array!Name of a dense array#4$values%f64[]!b itself, instead of a \
     name#}#21$factor%f64*1\tFactor of x&value%f64\
     \n28$popcount!How many bits are set~18$bits%u64[]!Words of a bit set&count%u64^count\
     \n29$xor!The bits in which two sets differ~18$bits%u64[]!Words of a bit set#19$other-bits%u64[]!As many words of \
     another&bits%u64"
} else {
    ""
};

/// What was learned of the methods for matrices and graphs.
const LEARN: &str = if cfg!(all(feature = "sparse", feature = "thompson-sampling")) {
    "\n30$learn!The policy of methods in the file after these observations (the summary of solve, entry and ppr has \
     them): its state, 8 bytes a row~22$observations%u64[]!As in the summary; default: none&word%u64"
} else {
    ""
};

/// Writes a text at `at` with its phrases written out, as far as there is room; returns where it ends.
#[inline(never)]
const fn expand(mut text: &[u8], phrases: &[(u8, &str)], out: &mut [u8], mut at: usize) -> usize {
    while let [byte, rest @ ..] = text {
        text = rest;
        let mut above = phrases;
        loop {
            match above {
                [before @ .., (key, phrase)] => {
                    if *key == *byte {
                        at = expand(phrase.as_bytes(), before, out, at);
                        break;
                    }
                    above = before;
                }
                [] => {
                    if let Some((_, [slot, ..])) = out.split_at_mut_checked(at) {
                        *slot = *byte;
                    }
                    at += 1;
                    break;
                }
            }
        }
    }
    at
}

const fn write(out: &mut [u8]) -> usize {
    let mut at = expand(HEAD.as_bytes(), &[], out, 0);
    at = expand(KNN.as_bytes(), PHRASES, out, at);
    at = expand(ROWS.as_bytes(), PHRASES, out, at);
    at = expand(SPARSE.as_bytes(), PHRASES, out, at);
    at = expand(LEARN.as_bytes(), PHRASES, out, at);
    expand(TAIL.as_bytes(), &[], out, at)
}

/// Bytes of the description.
pub const DESCRIPTION_LEN: usize = write(&mut []);

/// Writes the description, UTF-8 JSON.
pub fn describe(out: &mut [u8; DESCRIPTION_LEN]) {
    write(out);
}

static BYTES: [u8; DESCRIPTION_LEN] = {
    let mut out = [0; DESCRIPTION_LEN];
    write(&mut out);
    out
};

/// The same, written out by the compiler.
pub static DESCRIPTION: &str = match core::str::from_utf8(&BYTES) {
    Ok(text) => text,
    Err(_) => "",
};
