//! Fills a database with as many accounts, projects and bids as are asked for.
//!
//! The same seed gives the same rows. Popularity is skewed: few projects have most of the bids.
