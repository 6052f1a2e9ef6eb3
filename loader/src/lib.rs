//! Open, verify, select and run the programs that travel in `.rvf` files.
