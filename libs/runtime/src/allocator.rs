//! The allocator of every service that is linked with musl, whose own one halves the request
//! rate. That it does without huge pages is set by a variable of the images (`xtask/src/image`).

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
