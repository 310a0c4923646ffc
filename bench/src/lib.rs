//! What Guildhall is measured with. `bin/bench` runs it.

pub mod load;
