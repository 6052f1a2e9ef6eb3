//! What this solver can do, as static JSON: a host makes its commands and their help from it.

macro_rules! query {
    () => {
        r#"{"id":1,"name":"query","type":"f32[]","unit":"vectors","required":true}"#
    };
}
macro_rules! metric {
    () => {
        r#"{"id":3,"name":"metric","type":"enum","choices":["l2","ip","cosine"],"doc":"l2: squared; default: the file's"}"#
    };
}
macro_rules! pairs {
    () => {
        r#"[{"name":"query","type":"u32"},{"name":"id","type":"u64","unit":"id"},{"name":"distance","type":"f32"}]"#
    };
}

#[cfg(feature = "rows")]
macro_rules! ids {
    () => {
        r#"{"id":5,"name":"ids","type":"u64[]","unit":"id","doc":"Default: all"}"#
    };
}
/// The operations whose result has a row for every vector, and `stats`.
#[cfg(feature = "rows")]
macro_rules! rows {
    () => {
        concat!(
    r#",{"id":2,"name":"distances","doc":"The distance from each query to every vector","params":["#,
    query!(),
    ",",
    metric!(),
    ",",
    ids!(),
    r#"],"columns":"#,
    pairs!(),
    r#"},{"id":3,"name":"normalize","doc":"Vectors divided by their length","params":["#,
    ids!(),
    r#"],"columns":[{"name":"id","type":"u64","unit":"id"},{"name":"vector","type":"f32","unit":"vectors"}]},"#,
    r#"{"id":4,"name":"stats","doc":"Counts and lengths of vectors","params":[],"columns":["#,
    r#"{"name":"count","type":"u64","unit":"count"},{"name":"dimension","type":"u32","unit":"count"},"#,
    r#"{"name":"deleted","type":"u64","unit":"count"},{"name":"zero","type":"u64","unit":"count"},"#,
    r#"{"name":"skipped","type":"u64","unit":"count"},{"name":"norm_min","type":"f64"},"#,
    r#"{"name":"norm_max","type":"f64"},{"name":"norm_mean","type":"f64"}]}"#,
        )
    };
}
#[cfg(not(feature = "rows"))]
macro_rules! rows {
    () => {
        ""
    };
}

/// What an other feature adds to the operations.
#[cfg(feature = "sparse")]
use crate::sparse::abi::operations as more;
#[cfg(not(feature = "sparse"))]
macro_rules! more {
    () => {
        ""
    };
}

/// The description, as UTF-8 JSON.
pub static DESCRIPTION: &str = concat!(
    r#"{"name":"rvf-solver","version":""#,
    env!("CARGO_PKG_VERSION"),
    r#"","abi":1,"operations":[{"id":1,"name":"knn","doc":"The k nearest vectors of each query, exactly, nearest first","params":["#,
    query!(),
    r#",{"id":2,"name":"k","type":"u64","unit":"count","default":10,"min":1,"max":65536,"doc":"Neighbours per query"},"#,
    metric!(),
    r#",{"id":4,"name":"exclude","type":"u64[]","unit":"id","doc":"Vectors to leave out"}],"columns":"#,
    pairs!(),
    "}",
    rows!(),
    more!(),
    "]}",
);
