// Several processes that work on one thing: stores where they meet, and groups that exchange tensors,
// both c10d's.
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <unistd.h>

#include "Shim.h"
#include "distill_group.h"

#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

using namespace distill;

static thread_local std::string address_here;
static thread_local std::string address_there;

/// The number of an address, such as 10.0.0.7.
static std::string number(const sockaddr *address, socklen_t length) {
  char text[NI_MAXHOST];
  return getnameinfo(address, length, text, sizeof text, nullptr, 0, NI_NUMERICHOST) ? "" : text;
}

/// Calls `body` with each address of a host, those of IPv4 first, until it returns true.
template <class Body>
static bool any_address(const char *host, uint16_t port, int type, Body body) {
  addrinfo hints = {}, *found = nullptr;
  hints.ai_socktype = type;
  if (getaddrinfo(host, std::to_string(port).c_str(), &hints, &found)) return false;
  bool done = false;
  for (int family : {AF_INET, AF_INET6}) {
    for (auto *each = found; each && !done; each = each->ai_next) {
      if (each->ai_family != family) continue;
      int descriptor = socket(family, type, 0);
      if (descriptor < 0) continue;
      done = body(descriptor, each->ai_addr, each->ai_addrlen);
      close(descriptor);
    }
  }
  freeaddrinfo(found);
  return done;
}

extern "C" const char *dt_address_towards(const char *host) {
  // Nothing is sent: a connected socket of datagrams only knows its way.
  bool found = any_address(host, 9, SOCK_DGRAM, [](int socket, sockaddr *there, socklen_t size) {
    sockaddr_storage here = {};
    socklen_t length = sizeof here;
    auto *address = reinterpret_cast<sockaddr *>(&here);
    if (connect(socket, there, size) || getsockname(socket, address, &length)) return false;
    address_here = number(address, length);
    address_there = number(there, size);
    return true;
  });
  return found ? address_here.c_str() : nullptr;
}

extern "C" const char *dt_address_found(void) { return address_there.c_str(); }

extern "C" bool dt_port_answers(const char *host, uint16_t port, int32_t milliseconds) {
  return any_address(host, port, SOCK_STREAM, [&](int socket, sockaddr *there, socklen_t size) {
    timeval patience = {milliseconds / 1000, milliseconds % 1000 * 1000};
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    return !connect(socket, there, size);
  });
}

extern "C" const char *dt_addresses(void) {
  static thread_local std::string all;
  all.clear();
  ifaddrs *list = nullptr;
  if (getifaddrs(&list)) return "";
  for (auto *each = list; each; each = each->ifa_next) {
    if (!each->ifa_addr || !(each->ifa_flags & IFF_UP) || each->ifa_flags & IFF_LOOPBACK) continue;
    int family = each->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    auto text = number(
      each->ifa_addr, family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    // Addresses of a single link need its name too.
    if (text.empty() || text.find('%') != std::string::npos) continue;
    all += (all.empty() ? "" : " ") + text;
  }
  freeifaddrs(list);
  return all.c_str();
}

namespace {

using Milliseconds = std::chrono::milliseconds;

struct Store {
  c10::intrusive_ptr<c10d::Store> store;
  std::string value;
};

struct Group {
  c10::intrusive_ptr<c10d::ProcessGroupGloo> group;
};

/// What is under way, with the tensors that it reads and writes.
struct Work {
  c10::intrusive_ptr<c10d::Work> work;
  std::vector<at::Tensor> inputs;
  std::vector<std::vector<at::Tensor>> outputs;
};

Store *opened(dt_store store) { return reinterpret_cast<Store *>(store); }
c10d::ProcessGroupGloo &opened(dt_group group) { return *reinterpret_cast<Group *>(group)->group; }
dt_work begun(Work *work) { return reinterpret_cast<dt_work>(work); }

}  // namespace

extern "C" dt_store dt_store_in_file(const char *path, int32_t count) {
  return guarded<dt_store>(nullptr, [&] {
    auto store = c10::make_intrusive<c10d::FileStore>(path, count);
    return reinterpret_cast<dt_store>(new Store{std::move(store), ""});
  });
}

extern "C" dt_store dt_store_at_port(
  const char *host, uint16_t port, bool serves, const char *prefix, int64_t milliseconds) {
  return guarded<dt_store>(nullptr, [&] {
    c10d::TCPStoreOptions options;
    options.port = port;
    options.isServer = serves;
    // Who is missing is found by its key.
    options.waitWorkers = false;
    options.timeout = Milliseconds(milliseconds);
    auto store = c10::make_intrusive<c10d::PrefixStore>(
      prefix, c10::make_intrusive<c10d::TCPStore>(host, options));
    return reinterpret_cast<dt_store>(new Store{std::move(store), ""});
  });
}

extern "C" void dt_store_release(dt_store store) { delete opened(store); }

extern "C" int32_t dt_store_set(dt_store store, const char *key, const char *value) {
  return guarded<int32_t>(-1, [&] {
    std::string text(value);
    opened(store)->store->set(key, std::vector<uint8_t>(text.begin(), text.end()));
    return 0;
  });
}

extern "C" int32_t dt_store_has(dt_store store, const char *key) {
  return guarded<int32_t>(-1, [&] { return opened(store)->store->check({key}) ? 1 : 0; });
}

extern "C" const char *dt_store_get(dt_store store, const char *key) {
  return guarded<const char *>(nullptr, [&] {
    auto bytes = opened(store)->store->get(key);
    opened(store)->value.assign(bytes.begin(), bytes.end());
    return opened(store)->value.c_str();
  });
}

extern "C" dt_group dt_group_create(
  dt_store store, int32_t rank, int32_t count, const char *address, bool is_interface,
  int64_t milliseconds) {
  return guarded<dt_group>(nullptr, [&] {
    using Gloo = c10d::ProcessGroupGloo;
    auto options = Gloo::Options::create(Milliseconds(milliseconds));
    options->devices.push_back(
      is_interface ? Gloo::createDeviceForInterface(address)
                   : Gloo::createDeviceForHostname(address));
    auto group = c10::make_intrusive<Gloo>(opened(store)->store, rank, count, options);
    return reinterpret_cast<dt_group>(new Group{std::move(group)});
  });
}

extern "C" void dt_group_release(dt_group group) { delete reinterpret_cast<Group *>(group); }

extern "C" dt_work dt_group_broadcast(
  dt_group group, dt_tensor tensor, int32_t root, int64_t milliseconds) {
  return guarded<dt_work>(nullptr, [&] {
    auto work = std::make_unique<Work>();
    work->inputs = {retained(tensor)};
    c10d::BroadcastOptions options;
    options.rootRank = root;
    options.timeout = Milliseconds(milliseconds);
    work->work = opened(group).broadcast(work->inputs, options);
    return begun(work.release());
  });
}

extern "C" dt_work dt_group_sum(dt_group group, dt_tensor tensor, int64_t milliseconds) {
  return guarded<dt_work>(nullptr, [&] {
    auto work = std::make_unique<Work>();
    work->inputs = {retained(tensor)};
    c10d::AllreduceOptions options;
    options.timeout = Milliseconds(milliseconds);
    work->work = opened(group).allreduce(work->inputs, options);
    return begun(work.release());
  });
}

extern "C" dt_work dt_group_gather(
  dt_group group, dt_tensor input, const dt_tensor *outputs, int32_t count, int64_t milliseconds) {
  return guarded<dt_work>(nullptr, [&] {
    auto work = std::make_unique<Work>();
    work->inputs = {retained(input)};
    work->outputs.emplace_back();
    for (int32_t i = 0; i < count; ++i) work->outputs[0].push_back(retained(outputs[i]));
    c10d::AllgatherOptions options;
    options.timeout = Milliseconds(milliseconds);
    work->work = opened(group).allgather(work->outputs, work->inputs, options);
    return begun(work.release());
  });
}

extern "C" int32_t dt_work_wait(dt_work handle, int64_t milliseconds) {
  return guarded<int32_t>(-1, [&]() -> int32_t {
    auto &work = *reinterpret_cast<Work *>(handle)->work;
    try {
      work.wait(Milliseconds(milliseconds));
    } catch (...) {
      // It may only have taken longer than this wait.
      if (!work.isCompleted()) return 0;
      throw;
    }
    return 1;
  });
}

extern "C" void dt_work_release(dt_work work) { delete reinterpret_cast<Work *>(work); }
