// Several processes that work on one thing: c10d of libtorch, with Gloo on processors. Ownership and
// errors are as in CTorch.h.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dt_opaque_tensor *dt_tensor;
typedef struct dt_opaque_store *dt_store;
typedef struct dt_opaque_group *dt_group;
typedef struct dt_opaque_work *dt_work;

// MARK: Stores

/// Keys and values in a file that all processes see.
dt_store dt_store_in_file(const char *path, int32_t count);
/// Keys and values in one process, which serves them at a port, where others ask for them; they begin
/// with a prefix.
dt_store dt_store_at_port(
  const char *host, uint16_t port, bool serves, const char *prefix, int64_t milliseconds);
void dt_store_release(dt_store store);
int32_t dt_store_set(dt_store store, const char *key, const char *value);
/// 1 where the key is there, 0 where it is not, -1 where the store cannot be asked.
int32_t dt_store_has(dt_store store, const char *key);
/// The value of a key that is there, which lives until the next on this thread; NULL on failure.
const char *dt_store_get(dt_store store, const char *key);

// MARK: Addresses

// Texts live until the same is called again on this thread.

/// The address that this machine has on the way to a host; NULL where there is none.
const char *dt_address_towards(const char *host);
/// The host's own, which the last call found.
const char *dt_address_found(void);
/// All addresses of this machine that others may know, with spaces between them.
const char *dt_addresses(void);
/// Whether somebody listens at a port.
bool dt_port_answers(const char *host, uint16_t port, int32_t milliseconds);

// MARK: Groups

/// Connects to all others. `address` is one of this machine's, or the name of an interface.
dt_group dt_group_create(
  dt_store store, int32_t rank, int32_t count, const char *address, bool is_interface,
  int64_t milliseconds);
void dt_group_release(dt_group group);

/// Each begins work that ends by itself, in failure after so many milliseconds. The tensors are kept
/// alive by it.
dt_work dt_group_broadcast(dt_group group, dt_tensor tensor, int32_t root, int64_t milliseconds);
dt_work dt_group_sum(dt_group group, dt_tensor tensor, int64_t milliseconds);
/// `outputs` has a tensor of the input's shape and type for each rank.
dt_work dt_group_gather(
  dt_group group, dt_tensor input, const dt_tensor *outputs, int32_t count, int64_t milliseconds);

/// 1 where it is done, 0 where it is not after so many milliseconds, -1 where it failed.
int32_t dt_work_wait(dt_work work, int64_t milliseconds);
void dt_work_release(dt_work work);

#ifdef __cplusplus
}
#endif
