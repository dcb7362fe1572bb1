//! The allocator of every service that is linked with musl, whose own one halves the request
//! rate. How it gives memory back is set by the variables of the images (`xtask/src/image`).

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
