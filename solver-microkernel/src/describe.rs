//! What this solver can do, as static JSON: a host makes its commands and their help from it.

macro_rules! query {
    () => {
        r#"{"id":1,"name":"query","type":"f32[]","unit":"vectors","required":true,"doc":"One or more vectors of the file's dimension, one after the other"}"#
    };
}
macro_rules! metric {
    () => {
        r#"{"id":3,"name":"metric","type":"enum","choices":["l2","ip","cosine"],"doc":"l2: sum of squared differences; ip: negative inner product; cosine: one minus the cosine of the angle. Default: the file's own"}"#
    };
}
macro_rules! ids {
    () => {
        r#"{"id":5,"name":"ids","type":"u64[]","unit":"id","doc":"Only these vectors. Default: all"}"#
    };
}
macro_rules! pairs {
    () => {
        r#"[{"name":"query","type":"u32","doc":"Number of the query, from 0"},{"name":"id","type":"u64","unit":"id","doc":"Id of the vector"},{"name":"distance","type":"f32","doc":"Distance; smaller is nearer"}]"#
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
    r#"","abi":1,"operations":[{"id":1,"name":"knn","doc":"The k nearest vectors of each query, exactly, nearest first; equal distances by id","params":["#,
    query!(),
    r#",{"id":2,"name":"k","type":"u64","unit":"count","default":10,"min":1,"max":65536,"doc":"Neighbours per query; fewer when the file has fewer"},"#,
    metric!(),
    r#",{"id":4,"name":"exclude","type":"u64[]","unit":"id","doc":"Vectors to leave out, such as the query itself"}],"columns":"#,
    pairs!(),
    r#"},{"id":2,"name":"distances","doc":"The distance from each query to every vector, in file order","params":["#,
    query!(),
    ",",
    metric!(),
    ",",
    ids!(),
    r#"],"columns":"#,
    pairs!(),
    r#"},{"id":3,"name":"normalize","doc":"Vectors divided by their length, in file order; zero vectors stay zero","params":["#,
    ids!(),
    r#"],"columns":[{"name":"id","type":"u64","unit":"id","doc":"Id of the vector"},{"name":"vector","type":"f32","unit":"vectors","doc":"Elements of the normalized vector"}]},"#,
    r#"{"id":4,"name":"stats","doc":"How many vectors there are and how long they are","params":[],"columns":["#,
    r#"{"name":"count","type":"u64","unit":"count","doc":"Live vectors"},{"name":"dimension","type":"u32","unit":"count","doc":"Elements per vector"},"#,
    r#"{"name":"deleted","type":"u64","unit":"count","doc":"Rows whose id is deleted"},{"name":"zero","type":"u64","unit":"count","doc":"Vectors of zeros"},"#,
    r#"{"name":"skipped","type":"u64","unit":"count","doc":"Vectors with a NaN or an infinity, left out"},{"name":"norm_min","type":"f64","doc":"Shortest length"},"#,
    r#"{"name":"norm_max","type":"f64","doc":"Greatest length"},{"name":"norm_mean","type":"f64","doc":"Mean length"}]}"#,
    more!(),
    "]}",
);
