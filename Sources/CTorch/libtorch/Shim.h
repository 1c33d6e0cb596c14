// What the shim's files share: handles and the thread's last error.
#pragma once

#if !__has_include(<ATen/ATen.h>)
#error "libtorch not found: run `make setup` in the checkout, or set LIBTORCH to a libtorch 2.x folder"
#endif

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <torch/headeronly/version.h>

#include <string>

#include "CTorch.h"

#if TORCH_VERSION_MAJOR != 2 || TORCH_VERSION_MINOR < 8
#error "this libtorch is not supported: 2.8 or a later 2.x is needed (2.15 is tested)"
#endif

namespace distill {

void set_last_error(std::string message);

/// Runs `body`; on an exception remembers its text and returns `failure`.
template <class Result, class Body>
Result guarded(Result failure, Body body) {
  try {
    return body();
  } catch (const c10::Error &error) {
    set_last_error(error.what_without_backtrace());
  } catch (const std::exception &error) {
    set_last_error(error.what());
  } catch (...) {
    set_last_error("libtorch failed without saying why");
  }
  return failure;
}

inline c10::TensorImpl *implementation(dt_tensor tensor) {
  return reinterpret_cast<c10::TensorImpl *>(tensor);
}

/// A counted reference to a borrowed handle.
inline at::Tensor retained(dt_tensor tensor) {
  auto *raw = implementation(tensor);
  return at::Tensor(c10::intrusive_ptr<c10::TensorImpl>::reclaim_copy(raw));
}

inline dt_tensor owned(at::Tensor &&tensor) {
  return reinterpret_cast<dt_tensor>(tensor.unsafeReleaseTensorImpl());
}

inline at::Generator &generator(dt_generator handle) {
  return *reinterpret_cast<at::Generator *>(handle);
}

}  // namespace distill
