//! `rvf-run`: open any `.rvf` file and run the program inside it.

fn main() {}
