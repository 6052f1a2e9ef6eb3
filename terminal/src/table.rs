//! Plain tables for people.

use unicode_width::UnicodeWidthChar;
use unicode_width::UnicodeWidthStr;

use crate::escape::escape;
use crate::limits::MAX_CELL_WIDTH;

/// On which side of its column a cell stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// Rows of cells under a header. Cells are escaped, so they may hold text from a file.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with these columns.
    #[must_use]
    pub fn new(columns: &[(&str, Align)]) -> Self {
        Self {
            columns: columns.iter().map(|(n, a)| (escape(n).into_owned(), *a)).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; missing cells are empty, surplus ones are dropped.
    pub fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) {
        let mut row: Vec<String> =
            cells.into_iter().take(self.columns.len()).map(|c| cut(&escape(c.as_ref()))).collect();
        row.resize(self.columns.len(), String::new());
        self.rows.push(row);
    }

    /// True without rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table as lines of text, the header in bold when `colour`.
    #[must_use]
    pub fn to_text(&self, colour: bool) -> String {
        let widths: Vec<usize> = self
            .columns
            .iter()
            .enumerate()
            .map(|(i, (name, _))| {
                let cells = self.rows.iter().filter_map(|row| row.get(i)).map(|cell| cell.width());
                cells.max().unwrap_or(0).max(name.width())
            })
            .collect();
        let header: Vec<String> = self.columns.iter().map(|(name, _)| name.clone()).collect();
        let mut text = String::new();
        let line = self.line(&header, &widths);
        text.push_str(&if colour { format!("\x1b[1m{line}\x1b[0m\n") } else { format!("{line}\n") });
        for row in &self.rows {
            text.push_str(&self.line(row, &widths));
            text.push('\n');
        }
        text
    }

    fn line(&self, cells: &[String], widths: &[usize]) -> String {
        let mut line = String::new();
        for ((cell, width), (_, align)) in cells.iter().zip(widths).zip(&self.columns) {
            if !line.is_empty() {
                line.push_str("  ");
            }
            let fill = " ".repeat(width.saturating_sub(cell.width()));
            match align {
                Align::Left => line.extend([cell.as_str(), &fill]),
                Align::Right => line.extend([&fill, cell.as_str()]),
            }
        }
        line.truncate(line.trim_end().len());
        line
    }
}

fn cut(cell: &str) -> String {
    if cell.width() <= MAX_CELL_WIDTH {
        return cell.to_owned();
    }
    let mut width = 1;
    let kept = cell.chars().take_while(|c| {
        width += c.width().unwrap_or(0);
        width <= MAX_CELL_WIDTH
    });
    kept.chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_the_script() {
        let mut table = Table::new(&[("label", Align::Left), ("distance", Align::Right)]);
        table.row(["king", "0.5"]);
        table.row(["日本", "12.25"]);
        table.row(["a\nb"]);
        assert_eq!(table.to_text(false), "label  distance\nking        0.5\n日本      12.25\na\\nb\n");
        assert!(!table.is_empty());
    }

    #[test]
    fn a_long_cell_is_cut() {
        let mut table = Table::new(&[("x", Align::Left)]);
        table.row(["y".repeat(500)]);
        assert_eq!(table.rows.concat().concat().width(), MAX_CELL_WIDTH);
    }
}
