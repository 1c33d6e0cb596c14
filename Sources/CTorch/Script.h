// A program of TorchScript as it is handed to Swift.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "Shim.h"

namespace distill {

struct Script {
  /// JSON.
  std::string graph;
  /// What it names by position.
  std::vector<at::Tensor> tensors;
};

/// Reads a program, in this process.
std::unique_ptr<Script> loaded_script(const char *path);

}  // namespace distill
