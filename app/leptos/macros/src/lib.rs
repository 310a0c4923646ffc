//! The `lazy` macro of `slim_leptos`.

use proc_macro::TokenStream;

/// Splits a function off into a file that browsers load when it is first called. `island(lazy)` applies it to the
/// function that hydrates the island.
///
/// Unlike Leptos's own macro, it puts all such functions into one file. With one file per function, shared code goes
/// into further files, and small files compress badly: 155 kB of brotli in all instead of 143.
#[proc_macro_attribute]
pub fn lazy(_: TokenStream, function: TokenStream) -> TokenStream {
    let split =
        "#[::leptos::wasm_split::wasm_split(islands, wasm_split_path = ::leptos::wasm_split)]";
    let mut tokens: TokenStream = split.parse().expect("the attribute is valid Rust");
    tokens.extend(function);
    tokens
}
