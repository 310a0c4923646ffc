# syntax=docker/dockerfile:1
# The deployed server: the same release build as bin/run --release.
# It is linted (hadolint, bin/check) but has not been built: the development machines have no container engine.

FROM node:22-bookworm-slim AS npm
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund

FROM rust:1.96-bookworm AS build
WORKDIR /build
RUN rustup target add wasm32-unknown-unknown
ARG CARGO_LEPTOS=0.3.11
RUN cargo install cargo-leptos --version "$CARGO_LEPTOS" --locked --features no_downloads
COPY Cargo.lock ./
# The tool and the crate must have the same version.
RUN version=$(awk '$0 == "name = \"wasm-bindgen\"" { getline; gsub(/"/, "", $3); print $3 }' Cargo.lock) \
    && cargo install wasm-bindgen-cli --version "$version"
# Tailwind runs on Node; its native modules work in this image, which has the same Debian release.
COPY --from=npm /usr/local/bin/node /usr/local/bin/node
COPY --from=npm /build/node_modules node_modules
ENV PATH=/build/node_modules/.bin:$PATH
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    cargo leptos build --split --release --precompress --cargo-locked \
    && mkdir -p /app/target \
    && cp target/release/guildhall target/release/hash.txt /app/ \
    && cp -r target/site /app/target/site

FROM debian:bookworm-slim
# CA certificates for the server's own requests: identity providers, webhooks.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin guildhall
WORKDIR /app
# Owned by root, so that the server cannot change its own files. hash.txt belongs beside the executable.
COPY --from=build /app ./
# As in bin/run, but reachable from outside the container.
ENV LEPTOS_OUTPUT_NAME=guildhall \
    LEPTOS_SITE_ROOT=target/site \
    LEPTOS_SITE_PKG_DIR=pkg \
    LEPTOS_SITE_ADDR=0.0.0.0:3000 \
    LEPTOS_HASH_FILES=true
USER 10001:10001
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 CMD ["/app/guildhall", "health"]
# Needs DATABASE_URL; run `guildhall migrate` first to bring the schema up to date.
ENTRYPOINT ["/app/guildhall"]
CMD ["serve"]
