# The build stage has the same Debian release as the run stage, so that the C library is not newer than the one found there.
FROM rust:1-slim-bookworm AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY src ./src
RUN cargo build --release --locked --bin apic-configsync

# C library and root certificates, no shell, no root.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /src/target/release/apic-configsync /usr/local/bin/apic-configsync
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/apic-configsync"]
CMD ["sync"]
