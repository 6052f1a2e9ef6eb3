//! The sparse operations in the description, as JSON text that follows the others.

/// The operations, each with a comma in front.
macro_rules! operations {
    (@matrix) => { r#"{"id":1,"name":"matrix","type":"string","unit":"matrix","doc":"Name of the matrix. Default: the first in the file"}"# };
    (@b) => { r#"{"id":2,"name":"b","type":"string","unit":"array","doc":"Name of a dense array: the right-hand side. Default: ones"},{"id":3,"name":"rows","type":"u64[]","doc":"Rows of the right-hand side that are not zero, ascending; with values"},{"id":4,"name":"values","type":"f64[]","doc":"The right-hand side: all of it, or the elements at rows"}"# };
    (@x) => { r#"{"id":16,"name":"x","type":"string","unit":"array","doc":"Name of a dense array"},{"id":17,"name":"x-values","type":"f64[]","doc":"The vector itself, instead of a name"}"# };
    (@seeds) => { r#"{"id":10,"name":"ids","type":"u64[]","unit":"id","required":true,"doc":"Nodes to start from, with equal shares"}"# };
    (@alpha) => { r#"{"id":13,"name":"alpha","type":"f64","default":0.15,"unit":"ratio","doc":"Chance that a walk ends at each step, between 0 and 1; at a node without outgoing weight it stays"}"# };
    () => { concat!(
        r#",{"id":16,"name":"solve","doc":"x with A x = b, for a matrix dominated by its diagonal (by rows or columns; weakly, when every row leads to a strict one) or a Laplacian. The true residual is measured at the end; the error bound in the summary is proven for strict dominance. converged is false when the tolerance was not reached","params":["#,
        $crate::sparse::abi::operations!(@matrix), ",", $crate::sparse::abi::operations!(@b),
        r#",{"id":5,"name":"method","type":"enum","choices":["auto","jacobi-cg","ic0-cg","achol-cg","gauss-seidel","bicgstab-jacobi","bicgstab-ilu0"],"doc":"auto: by measured properties"},{"id":6,"name":"tolerance","type":"f64","default":1e-8,"unit":"ratio","doc":"Wanted |b - A x| / |b|"},{"id":7,"name":"max-iterations","type":"u64","unit":"count","default":10000,"min":1,"doc":"Iterations at most"},{"id":8,"name":"seed","type":"u64","default":1,"doc":"Of the random numbers of achol-cg"},{"id":9,"name":"unproven","type":"enum","choices":["no","yes"],"doc":"yes: try a matrix that is not dominated too, with nothing proven"}],"columns":[{"name":"row","type":"u64","unit":"id","doc":"Row, ascending"},{"name":"x","type":"f64","doc":"Element of x"}]}"#,
        r#",{"id":17,"name":"entry","doc":"Single elements of x with A x = b, for a matrix strictly dominated by rows, reading only rows around them. |value - x| is at most bound: always where confidence is 1, else with that probability. What the file claims of dominance is checked at every row read","params":["#,
        $crate::sparse::abi::operations!(@matrix), ",", $crate::sparse::abi::operations!(@b),
        r#",{"id":5,"name":"method","type":"enum","choices":["auto","push","solve"],"doc":"push: only rows around the entry; solve: everything; auto: push, and solve where that is cheaper"},{"id":6,"name":"tolerance","type":"f64","doc":"Wanted bound. Default: a hundredth of the largest |x| that the matrix allows"},{"id":8,"name":"seed","type":"u64","default":1,"doc":"Of the random walks"},{"id":10,"name":"ids","type":"u64[]","unit":"id","required":true,"doc":"Rows wanted"},{"id":11,"name":"confidence","type":"f64","unit":"ratio","default":1,"doc":"Below 1 random walks may end the work"},{"id":12,"name":"max-rows","type":"u64","unit":"count","default":200000,"min":1,"doc":"Rows that may be read one by one"}],"columns":[{"name":"row","type":"u64","unit":"id","doc":"Row"},{"name":"value","type":"f64","doc":"Estimate of x"},{"name":"bound","type":"f64","doc":"Proven bound of the error"},{"name":"confidence","type":"f64","unit":"ratio","doc":"Probability that the bound holds"},{"name":"rows_read","type":"u64","unit":"count","doc":"Rows read for this one"},{"name":"bytes_read","type":"u64","unit":"bytes","doc":"Bytes read for this one"}]}"#,
        r#",{"id":18,"name":"pagerank","doc":"PageRank of a graph with weights of zero or more. The errors of all scores add up to at most residual in the summary","params":["#,
        $crate::sparse::abi::operations!(@matrix),
        r#",{"id":6,"name":"tolerance","type":"f64","default":1e-8,"unit":"ratio","doc":"Wanted sum of all errors"},"#,
        $crate::sparse::abi::operations!(@alpha),
        r#",{"id":14,"name":"k","type":"u64","unit":"count","min":1,"max":65536,"doc":"Only the k best, best first. Default: all nodes in order"}],"columns":[{"name":"id","type":"u64","unit":"id","doc":"Node"},{"name":"score","type":"f64","unit":"ratio","doc":"Share of walks that end here"}]}"#,
        r#",{"id":19,"name":"ppr","doc":"Personalised PageRank: the k nodes where walks from the seeds end most often, best first. score <= true value <= score + bound; certified 1: no other node has more than the last one","params":["#,
        $crate::sparse::abi::operations!(@matrix),
        r#",{"id":5,"name":"method","type":"enum","choices":["auto","push"],"doc":"push: only nodes around the seeds; auto: the whole graph too when that does not certify the result"},{"id":6,"name":"tolerance","type":"f64","default":1e-9,"unit":"ratio","doc":"Sum of errors at which the whole graph is given up"},"#,
        $crate::sparse::abi::operations!(@seeds), ",", $crate::sparse::abi::operations!(@alpha),
        r#",{"id":14,"name":"k","type":"u64","unit":"count","default":10,"min":1,"max":65536,"doc":"Nodes wanted"},{"id":20,"name":"max-work","type":"u64","unit":"count","min":1,"doc":"Entries passed before push gives up. Default: an eighth of the graph, at most 2 million"}],"columns":[{"name":"id","type":"u64","unit":"id","doc":"Node"},{"name":"score","type":"f64","unit":"ratio","doc":"Share of walks that end here, never too high"},{"name":"bound","type":"f64","unit":"ratio","doc":"How much it may be too low"},{"name":"certified","type":"u32","doc":"1 when this is the set of the k best"}]}"#,
        r#",{"id":20,"name":"diffuse","doc":"Heat kernel s exp(-t (I - P)) from the seeds: the k warmest nodes. score <= true value <= score + bound","params":["#,
        $crate::sparse::abi::operations!(@matrix),
        r#",{"id":6,"name":"tolerance","type":"f64","default":1e-8,"unit":"ratio","doc":"Wanted sum of all errors"},"#,
        $crate::sparse::abi::operations!(@seeds),
        r#",{"id":14,"name":"k","type":"u64","unit":"count","default":10,"min":1,"max":65536,"doc":"Nodes wanted"},{"id":15,"name":"time","type":"f64","default":5,"doc":"How long heat flows, 0 to 700"}],"columns":[{"name":"id","type":"u64","unit":"id","doc":"Node"},{"name":"score","type":"f64","unit":"ratio","doc":"Share of heat"},{"name":"bound","type":"f64","unit":"ratio","doc":"How much it may be off"}]}"#,
        r#",{"id":21,"name":"spmv","doc":"y = A x; every row is summed in ascending columns","params":["#,
        $crate::sparse::abi::operations!(@matrix), ",", $crate::sparse::abi::operations!(@x),
        r#"],"columns":[{"name":"row","type":"u64","unit":"id","doc":"Row, ascending"},{"name":"y","type":"f64","doc":"Element of A x"}]}"#,
        r#",{"id":22,"name":"residual","doc":"b - A x; the summary has |b - A x| / |b| and, for a dominated matrix, a proven bound of the error of x","params":["#,
        $crate::sparse::abi::operations!(@matrix), ",", $crate::sparse::abi::operations!(@b), ",", $crate::sparse::abi::operations!(@x),
        r#"],"columns":[{"name":"row","type":"u64","unit":"id","doc":"Row, ascending"},{"name":"residual","type":"f64","doc":"Element of b - A x"}]}"#,
        r#",{"id":23,"name":"degree","doc":"Entries of rows and their sum","params":["#,
        $crate::sparse::abi::operations!(@matrix),
        r#",{"id":10,"name":"ids","type":"u64[]","unit":"id","doc":"Rows wanted. Default: all"}],"columns":[{"name":"id","type":"u64","unit":"id","doc":"Row"},{"name":"degree","type":"u32","unit":"count","doc":"Entries"},{"name":"weight","type":"f64","doc":"Their sum"}]}"#,
        r#",{"id":24,"name":"neighbors","doc":"The entries of rows","params":["#,
        $crate::sparse::abi::operations!(@matrix),
        r#",{"id":10,"name":"ids","type":"u64[]","unit":"id","required":true,"doc":"Rows wanted"}],"columns":[{"name":"id","type":"u64","unit":"id","doc":"Row"},{"name":"neighbor","type":"u64","unit":"id","doc":"Column"},{"name":"weight","type":"f64","doc":"Entry"}]}"#,
        r#",{"id":25,"name":"relu","doc":"max(x, 0), element by element","params":["#,
        $crate::sparse::abi::operations!(@x),
        r#"],"columns":[{"name":"value","type":"f64","doc":"Result"}]}"#,
        r#",{"id":26,"name":"gelu","doc":"x times the normal distribution function at x, element by element","params":["#,
        $crate::sparse::abi::operations!(@x),
        r#"],"columns":[{"name":"value","type":"f64","doc":"Result"}]}"#,
        r#",{"id":27,"name":"axpy","doc":"b + factor x","params":[{"id":2,"name":"b","type":"string","unit":"array","doc":"Name of a dense array"},{"id":4,"name":"values","type":"f64[]","doc":"b itself, instead of a name"},"#,
        $crate::sparse::abi::operations!(@x),
        r#",{"id":21,"name":"factor","type":"f64","default":1,"doc":"Factor of x"}],"columns":[{"name":"value","type":"f64","doc":"Result"}]}"#,
        r#",{"id":28,"name":"popcount","doc":"How many bits are set","params":[{"id":18,"name":"bits","type":"u64[]","doc":"Words of a bit set"}],"columns":[{"name":"count","type":"u64","unit":"count","doc":"Bits that are set"}]}"#,
        r#",{"id":29,"name":"xor","doc":"The bits in which two sets differ","params":[{"id":18,"name":"bits","type":"u64[]","doc":"Words of a bit set"},{"id":19,"name":"other-bits","type":"u64[]","doc":"As many words of another"}],"columns":[{"name":"bits","type":"u64","doc":"Words"}]}"#,
    ) };
}

pub(crate) use operations;
