//! A host for tiles: it does what a solver does itself, and streams the rows through the fourteen exports.
//!
//! A tile has no allocator and reads nothing. So the host decides what lies where in the part of the
//! memory that is its own, hands over query and blocks of rows, and takes the nearest rows out.

mod place;
mod rows;

use rvf_format::{File, Metric};
use serde_json::json;

use self::place::Place;
use self::rows::{Live, Row};
use crate::abi::{AbiError, ColumnData, Description, Operation, Progress, Request, Table, Value};
use crate::engine::{Budget, EngineError, Export, Instance, LimitHit};
use crate::job::{Answer, Stats};
use crate::limits::{self, Limits};
use crate::segments::FileSegments;
use crate::solver::RunError;

/// What a tile can be asked, in the form of docs/abi.md, which is the host's own here.
const DESCRIPTION: &str = r#"{ "name": "tile", "version": "1", "abi": 1, "operations": [ {
    "id": 1, "name": "knn", "doc": "Finds the nearest vectors; exact.",
    "params": [
        {"id": 1, "name": "query", "type": "f32[]", "unit": "vectors", "required": true, "doc": "one or more vectors"},
        {"id": 2, "name": "k", "type": "u64", "default": 10, "min": 1, "max": 1024, "doc": "rows for each query"},
        {"id": 3, "name": "metric", "type": "enum", "choices": ["l2", "ip", "cosine"], "doc": "how distances are measured; default: the file's"},
        {"id": 4, "name": "exclude", "type": "u64[]", "unit": "id", "doc": "ids left out"} ],
    "columns": [
        {"name": "query", "type": "u32", "doc": "place of the query"},
        {"name": "id", "type": "u64", "unit": "id", "doc": "the vector"},
        {"name": "distance", "type": "f32", "doc": "smaller is nearer"} ] } ] }"#;

/// Element type f32 of blocks, and of queries in the configuration.
const F32: i32 = 2;
/// Bytes of the configuration, and where it names the element type of queries.
const CONFIG_BYTES: usize = 64;
const CONFIG_TYPE: usize = 0xC;
/// Bytes of a row of top-k: id u64, distance f32.
const TOP_ROW: usize = 12;

/// A live tile and the file whose vectors go through it.
pub(crate) struct Tile<'r> {
    guest: Box<dyn Instance>,
    exports: Exports,
    place: Place,
    file: File<'r>,
}

struct Exports {
    init: Export,
    load_query: Export,
    load_block: Export,
    distances: Export,
    topk_merge: Export,
    topk_read: Export,
}

/// What a request asks for.
struct Asked<'q> {
    queries: &'q [f32],
    k: u32,
    metric: Metric,
    exclude: &'q [u64],
}

impl<'r> Tile<'r> {
    /// Finds the exports, and the host's part of the memory.
    ///
    /// # Errors
    /// When an export is missing, or the module does not say which part of the memory is free.
    pub(crate) fn connect(
        mut guest: Box<dyn Instance>,
        module: &[u8],
        file: File<'r>,
    ) -> Result<Self, AbiError> {
        let mut find = |name: &str, params| guest.export(&format!("rvf_{name}"), params, 1);
        let exports = Exports {
            init: find("init", 1)?,
            load_query: find("load_query", 2)?,
            load_block: find("load_block", 3)?,
            distances: find("distances", 2)?,
            topk_merge: find("topk_merge", 4)?,
            topk_read: find("topk_read", 1)?,
        };
        let place = Place::of(module, guest.memory().len())?;
        Ok(Self { guest, exports, place, file })
    }

    /// What a tile can be asked.
    ///
    /// # Errors
    /// None: it is a constant of this host.
    pub(crate) fn description() -> Result<Description, AbiError> {
        Description::parse(DESCRIPTION.as_bytes())
    }

    /// A new budget, for the next request.
    pub(crate) fn refill(&mut self, budget: Budget) {
        self.guest.refill(budget);
    }

    /// The nearest vectors, with the columns and the summary of the solver's operation of the same name.
    ///
    /// # Errors
    /// When the request does not fit the file, the data is damaged, or the tile refuses, traps or hits a limit.
    pub(crate) fn knn(
        &mut self,
        segments: &mut FileSegments<'_>,
        request: &Request,
        operation: &Operation,
        limits: &Limits,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Answer, RunError> {
        let file = self.file.clone();
        let dimension = usize::from(file.manifest().head.dimension);
        let asked = asked(request, &file)?;
        let live = Live::of(&file, segments, asked.exclude)?;
        let count = asked.queries.len().checked_div(dimension).unwrap_or(0);
        self.place.lay_out(dimension, asked.k)?;
        let (mut numbers, mut ids, mut distances) = (Vec::new(), Vec::new(), Vec::new());
        let mut stats = Stats::default();
        for (number, query) in (0_u32..).zip(asked.queries.chunks_exact(dimension.max(1))) {
            let rows = self.nearest(query, &asked, &live, &mut stats, progress)?;
            for (id, distance) in rows {
                numbers.push(number);
                ids.push(id);
                distances.push(distance);
            }
            let bytes = (ids.len() as u64).saturating_mul(16);
            if bytes > limits.result_bytes {
                let hit = LimitHit::Result { bytes: limits.result_bytes };
                return Err(EngineError::from(hit).into());
            }
        }
        stats.memory_bytes = self.guest.memory().len() as u64;
        let rows = ids.len();
        let summary = json!({
            "op": "knn", "vectors": live.used(), "dimension": dimension, "deleted": file.manifest().deleted.len(),
            "skipped": live.skipped, "superseded": live.superseded, "excluded": live.excluded,
            "metric": asked.metric.name(), "queries": count, "k": asked.k, "rows": rows,
        });
        let columns = vec![ColumnData::U32(numbers), ColumnData::U64(ids), ColumnData::F32(distances)];
        Ok(Answer { table: Table::filled(&operation.columns, columns, rows as u64), summary, stats })
    }

    /// The rows nearest to one query, by distance, then id.
    fn nearest(
        &mut self,
        query: &[f32],
        asked: &Asked<'_>,
        live: &Live<'_>,
        stats: &mut Stats,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Vec<(u64, f32)>, RunError> {
        let dimension = i32::try_from(query.len()).unwrap_or(i32::MAX);
        let mut config = [0; CONFIG_BYTES];
        if let Some(place) = config.get_mut(CONFIG_TYPE) {
            *place = 2;
        }
        self.put(self.place.query, &config)?;
        self.expect("rvf_init", self.exports.init, &[self.place.query])?;
        let bytes: Vec<u8> = query.iter().flat_map(|x| x.to_le_bytes()).collect();
        self.put(self.place.query, &bytes)?;
        let given = self.call(self.exports.load_query, &[self.place.query, dimension])?;
        if given != 0 {
            return Err(refused(format!("the tile refuses a query of dimension {dimension}")).into());
        }
        let mut batch = Batch::default();
        for row in live.rows() {
            batch.push(&row);
            if batch.ids.len() == self.place.rows {
                self.merge(&mut batch, asked, stats, progress)?;
            }
        }
        if !batch.ids.is_empty() {
            self.merge(&mut batch, asked, stats, progress)?;
        }
        self.read(asked.k)
    }

    /// Sends one block through the tile.
    fn merge(
        &mut self,
        batch: &mut Batch,
        asked: &Asked<'_>,
        stats: &mut Stats,
        progress: &mut dyn FnMut(Progress<'_>),
    ) -> Result<(), RunError> {
        let count = i32::try_from(batch.ids.len()).unwrap_or(i32::MAX);
        let place = &self.place;
        let (block, ids, distances) = (place.block, place.ids, place.distances);
        self.put(block, &batch.elements)?;
        let bytes: Vec<u8> = batch.ids.iter().flat_map(|id| id.to_le_bytes()).collect();
        self.put(ids, &bytes)?;
        self.expect("rvf_load_block", self.exports.load_block, &[block, count, F32])?;
        let metric = match asked.metric {
            Metric::InnerProduct => 1,
            Metric::Cosine => 2,
            _ => 0,
        };
        let written = self.call(self.exports.distances, &[metric, distances])?;
        if written != count {
            return Err(broken(format!("`rvf_distances` gives {written} for {count} rows")).into());
        }
        let k = i32::try_from(asked.k).unwrap_or(i32::MAX);
        if self.call(self.exports.topk_merge, &[distances, ids, count, k])? != 0 {
            return Err(refused(format!("the tile keeps fewer than {k} rows")).into());
        }
        stats.steps = stats.steps.saturating_add(1);
        stats.reads = stats.reads.saturating_add(batch.ids.len() as u64);
        stats.bytes_read = stats.bytes_read.saturating_add(batch.elements.len() as u64);
        // Copying is charged as in the job of a solver: about one unit per 16 bytes.
        let copied = (batch.elements.len() as u64 / 16).saturating_add(limits::FUEL_PER_STEP);
        self.guest.charge(copied)?;
        progress(Progress { bytes_read: stats.bytes_read, iterations: &[] });
        batch.clear();
        Ok(())
    }

    fn read(&mut self, k: u32) -> Result<Vec<(u64, f32)>, RunError> {
        let held = self.call(self.exports.topk_read, &[self.place.block])?;
        let held = usize::try_from(held)
            .ok()
            .filter(|held| *held <= k as usize)
            .ok_or_else(|| broken(format!("`rvf_topk_read` gives {held} for at most {k} rows")))?;
        let start = self.place.block.cast_unsigned() as usize;
        let memory = self.guest.memory().get(start..).unwrap_or_default();
        let packed = memory.get(..held.saturating_mul(TOP_ROW)).unwrap_or_default();
        let row = |row: &[u8; TOP_ROW]| {
            let (id, distance) = row.split_first_chunk::<8>()?;
            let distance = f32::from_le_bytes(*distance.first_chunk::<4>()?);
            Some((u64::from_le_bytes(*id), distance))
        };
        let mut rows: Vec<(u64, f32)> = packed.as_chunks().0.iter().filter_map(row).collect();
        if rows.iter().any(|(_, distance)| !distance.is_finite()) {
            let text = "a distance overflows 32-bit floats".to_owned();
            return Err(AbiError::Reported { status: -7, text }.into());
        }
        rows.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        Ok(rows)
    }

    fn call(&mut self, export: Export, args: &[i32]) -> Result<i32, EngineError> {
        self.guest.call(export, args)
    }

    fn expect(&mut self, name: &str, export: Export, args: &[i32]) -> Result<(), RunError> {
        match self.call(export, args)? {
            0 => Ok(()),
            status => Err(broken(format!("`{name}` gives {status}")).into()),
        }
    }

    fn put(&mut self, at: i32, bytes: &[u8]) -> Result<(), AbiError> {
        let start = at.cast_unsigned() as usize;
        let place = self.guest.memory_mut().get_mut(start..).and_then(|rest| rest.get_mut(..bytes.len()));
        place.ok_or_else(|| broken("its memory became smaller".to_owned()))?.copy_from_slice(bytes);
        Ok(())
    }
}

/// Rows on their way into the tile.
#[derive(Default)]
struct Batch {
    ids: Vec<u64>,
    elements: Vec<u8>,
}

impl Batch {
    fn push(&mut self, row: &Row<'_>) {
        self.ids.push(row.id);
        row.append_to(&mut self.elements);
    }

    fn clear(&mut self) {
        self.ids.clear();
        self.elements.clear();
    }
}

fn broken(what: String) -> AbiError {
    AbiError::Contract { what }
}

fn refused(text: String) -> AbiError {
    AbiError::Reported { status: -4, text }
}

/// The parameters, which fit the description already.
fn asked<'q>(request: &'q Request, file: &File<'_>) -> Result<Asked<'q>, AbiError> {
    let head = &file.manifest().head;
    let queries = match request.value("query") {
        Some(Value::F32s(values)) => values.as_slice(),
        _ => &[],
    };
    let dimension = usize::from(head.dimension);
    if queries.is_empty() || queries.len().checked_rem(dimension) != Some(0) {
        let text = format!("`query` has {} elements, the vectors have dimension {dimension}", queries.len());
        return Err(refused(text));
    }
    if queries.iter().any(|x| !x.is_finite()) {
        let text = "the query holds a value that is not finite".to_owned();
        return Err(AbiError::Reported { status: -7, text });
    }
    let metric = match request.value("metric") {
        Some(Value::Text(word)) => match word.as_str() {
            "ip" => Metric::InnerProduct,
            "cosine" => Metric::Cosine,
            _ => Metric::L2,
        },
        _ => head.metric(),
    };
    let k = match request.value("k") {
        Some(Value::U64(k)) => u32::try_from(*k).unwrap_or(u32::MAX),
        _ => 10,
    };
    let exclude = match request.value("exclude") {
        Some(Value::U64s(ids)) => ids.as_slice(),
        _ => &[],
    };
    Ok(Asked { queries, k, metric, exclude })
}
