// Tensors as handles: creation from memory, queries, and gradients by reverse differentiation.
#include <ATen/ops/empty.h>
#include <ATen/ops/mul.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/autograd/variable.h>

#include <cstring>

#include "Shim.h"

using namespace distill;

extern "C" dt_tensor dt_tensor_from_memory(
  const void *data, const int64_t *shape, int32_t rank, int32_t type) {
  return guarded<dt_tensor>(nullptr, [&] {
    auto tensor = at::empty(
      c10::IntArrayRef(shape, rank), c10::TensorOptions(static_cast<c10::ScalarType>(type)));
    if (tensor.nbytes() > 0) std::memcpy(tensor.mutable_data_ptr(), data, tensor.nbytes());
    return owned(std::move(tensor));
  });
}

extern "C" void dt_tensor_release(dt_tensor tensor) {
  if (tensor) c10::intrusive_ptr<c10::TensorImpl>::reclaim(implementation(tensor));
}

extern "C" int32_t dt_tensor_rank(dt_tensor tensor) {
  return static_cast<int32_t>(implementation(tensor)->dim());
}

extern "C" void dt_tensor_shape(dt_tensor tensor, int64_t *shape) {
  auto sizes = implementation(tensor)->sizes();
  std::copy(sizes.begin(), sizes.end(), shape);
}

extern "C" int64_t dt_tensor_count(dt_tensor tensor) { return implementation(tensor)->numel(); }

extern "C" int32_t dt_tensor_type(dt_tensor tensor) {
  return static_cast<int32_t>(c10::typeMetaToScalarType(implementation(tensor)->dtype()));
}

extern "C" int32_t dt_tensor_device_type(dt_tensor tensor) {
  return static_cast<int32_t>(implementation(tensor)->device().type());
}

extern "C" int32_t dt_tensor_device_index(dt_tensor tensor) {
  return implementation(tensor)->device().index();
}

extern "C" bool dt_tensor_is_contiguous(dt_tensor tensor) {
  return implementation(tensor)->is_contiguous();
}

extern "C" bool dt_tensor_requires_gradient(dt_tensor tensor) {
  return implementation(tensor)->requires_grad();
}

extern "C" bool dt_tensor_is_unshared(dt_tensor tensor) {
  auto *raw = implementation(tensor);
  return c10::raw::intrusive_ptr::use_count(raw) == 1 && raw->storage().use_count() == 1;
}

extern "C" void *dt_tensor_data(dt_tensor tensor) { return retained(tensor).data_ptr(); }

extern "C" dt_tensor dt_tensor_detached(dt_tensor tensor, bool requires_gradient) {
  return guarded<dt_tensor>(nullptr, [&] {
    auto result = retained(tensor).detach();
    if (requires_gradient) result.set_requires_grad(true);
    return owned(std::move(result));
  });
}

namespace {

/// A number whose gradient is known with it.
struct KnownGradient : torch::autograd::Function<KnownGradient> {
  static at::Tensor forward(
    torch::autograd::AutogradContext *context, const at::Tensor & /*source*/,
    const at::Tensor &value, const at::Tensor &gradient) {
    context->save_for_backward({gradient});
    return value;
  }

  static torch::autograd::variable_list backward(
    torch::autograd::AutogradContext *context, torch::autograd::variable_list upstream) {
    auto gradient = at::mul(context->get_saved_variables()[0], upstream[0]);
    return {std::move(gradient), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

extern "C" dt_tensor dt_tensor_with_gradient(
  dt_tensor value, dt_tensor source, dt_tensor gradient) {
  return guarded<dt_tensor>(nullptr, [&] {
    return owned(KnownGradient::apply(retained(source), retained(value), retained(gradient)));
  });
}

extern "C" bool dt_set_gradient_mode(bool enabled) {
  bool was = c10::GradMode::is_enabled();
  c10::GradMode::set_enabled(enabled);
  return was;
}

extern "C" int32_t dt_gradients(
  const dt_tensor *outputs, const dt_tensor *output_gradients, int32_t output_count,
  const dt_tensor *inputs, int32_t input_count, bool create_graph, bool retain_graph,
  dt_tensor *results) {
  return guarded<int32_t>(-1, [&] {
    torch::autograd::variable_list targets, weights, sources;
    for (int32_t i = 0; i < output_count; ++i) {
      targets.push_back(retained(outputs[i]));
      weights.push_back(
        output_gradients && output_gradients[i] ? retained(output_gradients[i]) : at::Tensor());
    }
    for (int32_t i = 0; i < input_count; ++i) sources.push_back(retained(inputs[i]));
    auto gradients = torch::autograd::grad(
      targets, sources, weights, retain_graph, create_graph, /*allow_unused=*/true);
    for (int32_t i = 0; i < input_count; ++i)
      results[i] = gradients[i].defined() ? owned(std::move(gradients[i])) : nullptr;
    return 0;
  });
}
