// What libtorch finds on this machine: threads, devices, versions; and random generators on them.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <dlfcn.h>

#include <mutex>

#include "Shim.h"

using namespace distill;

/// CUDA is a library of its own beside libtorch_cpu. Loading it when first asked for, instead of
/// linking it, lets one program run with and without it.
static void load_cuda_if_present() {
  static std::once_flag tried;
  std::call_once(tried, [] {
    if (dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL)) return;
    auto folder = std::string(dt_libtorch_path());
    folder.resize(folder.find_last_of('/') + 1);
    dlopen((folder + "libtorch_cuda.so").c_str(), RTLD_NOW | RTLD_GLOBAL);
  });
}

extern "C" dt_generator dt_generator_create(
  uint64_t seed, int32_t device_type, int32_t device_index) {
  return guarded<dt_generator>(nullptr, [&] {
    auto device = c10::Device(
      static_cast<c10::DeviceType>(device_type), static_cast<c10::DeviceIndex>(device_index));
    auto result = device.is_cpu() ? at::make_generator<at::CPUGeneratorImpl>(seed)
                                  : at::globalContext().defaultGenerator(device).clone();
    result.set_current_seed(seed);
    return reinterpret_cast<dt_generator>(new at::Generator(std::move(result)));
  });
}

extern "C" void dt_generator_release(dt_generator handle) {
  delete reinterpret_cast<at::Generator *>(handle);
}

extern "C" dt_tensor dt_generator_state(dt_generator handle) {
  return guarded<dt_tensor>(nullptr, [&] { return owned(generator(handle).get_state()); });
}

extern "C" int32_t dt_generator_set_state(dt_generator handle, dt_tensor state) {
  return guarded<int32_t>(-1, [&] {
    generator(handle).set_state(retained(state));
    return 0;
  });
}

extern "C" int32_t dt_threads(void) { return at::get_num_threads(); }
extern "C" void dt_set_threads(int32_t count) { at::set_num_threads(count); }

extern "C" bool dt_device_is_available(int32_t device_type) {
  return dt_device_count(device_type) > 0;
}

extern "C" int32_t dt_device_count(int32_t device_type) {
  return guarded<int32_t>(0, [&]() -> int32_t {
    switch (static_cast<c10::DeviceType>(device_type)) {
      case c10::DeviceType::CPU: return 1;
      case c10::DeviceType::CUDA:
        load_cuda_if_present();
        return at::globalContext().hasCUDA()
          ? static_cast<int32_t>(at::detail::getCUDAHooks().deviceCount()) : 0;
      case c10::DeviceType::MPS: return at::globalContext().hasMPS() ? 1 : 0;
      default: return 0;
    }
  });
}

extern "C" const char *dt_libtorch_version(void) { return TORCH_VERSION; }

extern "C" const char *dt_cpu_capability(void) {
  static const std::string capability = at::get_cpu_capability();
  return capability.c_str();
}

extern "C" const char *dt_libtorch_path(void) {
  static const std::string path = [] {
    Dl_info info;
    auto *symbol = reinterpret_cast<void *>(&at::get_num_threads);
    return std::string(dladdr(symbol, &info) && info.dli_fname ? info.dli_fname : "");
  }();
  return path.c_str();
}
