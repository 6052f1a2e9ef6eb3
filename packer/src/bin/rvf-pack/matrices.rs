//! Flags about matrices and graphs.

use clap::ValueEnum;
use rvf_packer::limits::{DEFAULT_MEMORY, MIN_MEMORY};
use rvf_packer::matrix::{Edges, KnnGraph, MatrixOptions, Values, Weights};

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ValuesArg {
    /// 32-bit floats, rounded to the nearest
    F32,
    /// 64-bit floats
    F64,
    /// None: every entry counts as one
    Pattern,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum WeightsArg {
    /// Cosine, inner product or 1 / (1 + squared distance), as --metric says; only where positive
    Similarity,
    /// One
    Pattern,
}

/// The name of the graph of neighbours.
const GRAPH: &str = "knn";

#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Matrices and graphs")]
pub(crate) struct MatrixArgs {
    /// A matrix and its name; the same as an input NAME=FILE
    #[arg(long, value_name = "NAME=FILE")]
    pub(crate) name: Vec<String>,
    /// How values are stored [default: f64, or not at all when the input has none]
    #[arg(long, value_enum)]
    values: Option<ValuesArg>,
    /// Store no transpose of matrices that are not symmetric
    #[arg(long)]
    no_transpose: bool,
    /// Leave out entries that are zero
    #[arg(long, hide_short_help = true)]
    drop_zeros: bool,
    /// Read npy inputs as dense arrays, not as vectors
    #[arg(long)]
    pub(crate) as_array: bool,
    /// Edges go one way; tsv and txt are edge lists [default]
    #[arg(long, conflicts_with = "undirected")]
    directed: bool,
    /// Edges go both ways; tsv and txt are edge lists
    #[arg(long)]
    undirected: bool,
    /// Take nodes for names even when they are whole numbers
    #[arg(long, hide_short_help = true)]
    node_names: bool,
    /// Add a graph named knn of the K nearest neighbours of each vector; node i is the i-th vector
    #[arg(long, value_name = "K")]
    pub(crate) knn_graph: Option<u32>,
    /// Keep an edge of that graph both ways when either end has it
    #[arg(long, requires = "knn_graph")]
    knn_symmetric: bool,
    /// What an entry of that graph is
    #[arg(long, value_enum, default_value = "similarity", requires = "knn_graph", hide_short_help = true)]
    knn_weights: WeightsArg,
    /// MiB for sorting entries; more goes through temporary files beside the output
    #[arg(long, value_name = "MIB", default_value_t = DEFAULT_MEMORY >> 20,
          value_parser = clap::value_parser!(u64).range(MIN_MEMORY >> 20..=1 << 20))]
    memory: u64,
}

impl MatrixArgs {
    /// True when a flag makes sense for edge lists only.
    pub(crate) fn says_graph(&self) -> bool {
        self.directed || self.undirected || self.node_names
    }

    /// The flags that are about edge lists, and whether they were given.
    pub(crate) fn graph_flags(&self) -> [(bool, &'static str); 3] {
        [(self.directed, "--directed"), (self.undirected, "--undirected"), (self.node_names, "--node-names")]
    }

    /// For all matrices.
    pub(crate) fn options(&self, delimiter: Option<u8>) -> MatrixOptions {
        MatrixOptions {
            values: self.values.map(|values| match values {
                ValuesArg::F32 => Values::F32,
                ValuesArg::F64 => Values::F64,
                ValuesArg::Pattern => Values::Pattern,
            }),
            transpose: !self.no_transpose,
            drop_zeros: self.drop_zeros,
            edges: Edges { undirected: self.undirected, named: self.node_names, delimiter },
            memory: self.memory << 20,
        }
    }

    /// The graph of neighbours, when it is wanted.
    pub(crate) fn graph(&self) -> Option<KnnGraph> {
        let neighbours = self.knn_graph?;
        let weights = match self.knn_weights {
            WeightsArg::Similarity => Weights::Similarity,
            WeightsArg::Pattern => Weights::Pattern,
        };
        Some(KnnGraph { name: GRAPH.to_owned(), neighbours, symmetric: self.knn_symmetric, weights })
    }
}
