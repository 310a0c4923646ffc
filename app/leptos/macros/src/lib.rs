//! The macro of `slim_leptos`.

use proc_macro::TokenStream;

/// Splits a function off into a file that browsers load when it is called. The macro of islands puts it on what hydrates a lazy one.
///
/// Unlike Leptos' own, it puts all such functions into one file. With a file for each, what several need is spread over files of its own, and
/// small files compress badly: 143 kB of brotli in all were 155.
#[proc_macro_attribute]
pub fn lazy(_: TokenStream, function: TokenStream) -> TokenStream {
    let split =
        "#[::leptos::wasm_split::wasm_split(islands, wasm_split_path = ::leptos::wasm_split)]";
    let mut tokens: TokenStream = split.parse().expect("the attribute is valid Rust");
    tokens.extend(function);
    tokens
}
