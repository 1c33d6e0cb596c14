// A program of TorchScript as it is handed to Swift.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "Shim.h"

namespace torch::jit {
struct Graph;
}

namespace distill {

struct Script {
  /// JSON.
  std::string graph;
  /// What it names by position.
  std::vector<at::Tensor> tensors;
};

/// A graph without what is known before it runs. Choices that depend on how many axes the input has, as
/// recurrent layers make them, are settled where one number of axes settles all of them.
std::shared_ptr<torch::jit::Graph> simplified(std::shared_ptr<torch::jit::Graph> graph);

/// Reads a program, in this process.
std::unique_ptr<Script> loaded_script(const char *path);

}  // namespace distill
