// TorchScript: libtorch reads the archive and simplifies the graph; what comes out is text about
// operators and a list of tensors, so that no type of the JIT passes the door.
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/passes/freeze_module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <cmath>
#include <cstdio>
#include <sstream>
#include <unordered_map>

#include "Script.h"

namespace distill {

/// Writes a graph as JSON. What has no form here is written as {"unknown": name}: the reader decides
/// whether it matters.
class ScriptWriter {
 public:
  ScriptWriter(const torch::jit::Module &module, Script &script) : script_(script) {
    for (const auto &item : module.named_parameters(true)) note(item.name, item.value, true);
    for (const auto &item : module.named_buffers(true)) note(item.name, item.value, false);
  }

  void write(const torch::jit::Graph &graph) {
    const auto &inputs = graph.inputs();
    text_ << "{\"inputs\":[";
    // The first input is the module itself.
    for (size_t i = 1; i < inputs.size(); ++i) {
      if (i > 1) text_ << ',';
      port(inputs[i]);
    }
    text_ << "],\"outputs\":[";
    bool first = true;
    for (const auto *output : graph.outputs()) outputs(output, first);
    text_ << "],\"nodes\":[";
    first = true;
    for (const auto *node : graph.nodes()) {
      if (is_silent(node)) continue;
      if (!first) text_ << ',';
      first = false;
      operation(node);
    }
    text_ << "],\"weights\":[";
    for (size_t i = 0; i < script_.tensors.size(); ++i) {
      if (i > 0) text_ << ',';
      text_ << "{\"path\":";
      string(paths_[i]);
      text_ << ",\"isTrained\":" << (trained_[i] ? "true" : "false") << '}';
    }
    text_ << "]}";
    script_.graph = text_.str();
  }

 private:
  Script &script_;
  std::ostringstream text_;
  std::vector<std::string> paths_;
  std::vector<bool> trained_;
  std::unordered_map<const void *, size_t> known_;

  /// Parts that are written where they are used.
  static bool is_silent(const torch::jit::Node *node) {
    switch (node->kind()) {
      case c10::prim::Constant:
      case c10::prim::ListConstruct:
      case c10::prim::TupleConstruct:
      case c10::prim::DictConstruct:
      case c10::prim::GetAttr: return true;
      default: return false;
    }
  }

  size_t note(const std::string &path, const at::Tensor &tensor, bool trained) {
    auto found = known_.find(tensor.unsafeGetTensorImpl());
    if (found != known_.end()) return found->second;
    size_t index = script_.tensors.size();
    known_[tensor.unsafeGetTensorImpl()] = index;
    // Constants that share the memory of a buffer are that buffer.
    script_.tensors.push_back(tensor.detach());
    paths_.push_back(path);
    trained_.push_back(trained);
    return index;
  }

  size_t constant(const at::Tensor &tensor) {
    for (size_t i = 0; i < script_.tensors.size(); ++i) {
      const auto &known = script_.tensors[i];
      if (tensor.numel() > 0 && known.is_same_size(tensor) && known.has_storage() &&
          tensor.has_storage() && known.scalar_type() == tensor.scalar_type() &&
          known.const_data_ptr() == tensor.const_data_ptr() && known.strides() == tensor.strides())
        return i;
    }
    return note("constant." + std::to_string(script_.tensors.size()), tensor, false);
  }

  void string(const std::string &value) {
    text_ << '"';
    for (unsigned char c : value) {
      if (c == '"' || c == '\\') text_ << '\\' << c;
      else if (c < 0x20) {
        char code[8];
        std::snprintf(code, sizeof code, "\\u%04x", c);
        text_ << code;
      } else text_ << c;
    }
    text_ << '"';
  }

  void real(double value) {
    // JSON has no words for them, and infinity is a usual mask.
    if (std::isfinite(value)) {
      char digits[40];
      std::snprintf(digits, sizeof digits, "%.17g", value);
      text_ << "{\"real\":" << digits << '}';
    } else {
      text_ << "{\"beyond\":\"" << (std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf") << "\"}";
    }
  }

  void port(const torch::jit::Value *value) {
    text_ << "{\"name\":";
    string(value->debugName());
    auto type = value->type()->cast<c10::TensorType>();
    text_ << ",\"isTensor\":" << (type ? "true" : "false");
    if (type && type->scalarType()) text_ << ",\"type\":" << static_cast<int>(*type->scalarType());
    text_ << '}';
  }

  void outputs(const torch::jit::Value *value, bool &first) {
    const auto *node = value->node();
    if (node->kind() == c10::prim::TupleConstruct || node->kind() == c10::prim::ListConstruct) {
      for (const auto *part : node->inputs()) outputs(part, first);
      return;
    }
    if (node->kind() == c10::prim::DictConstruct) {
      for (size_t i = 1; i < node->inputs().size(); i += 2) outputs(node->inputs()[i], first);
      return;
    }
    if (!first) text_ << ',';
    first = false;
    port(value);
  }

  void literal(const c10::IValue &value) {
    if (value.isNone()) text_ << "{\"none\":true}";
    else if (value.isTensor()) text_ << "{\"weight\":" << constant(value.toTensor()) << '}';
    else if (value.isBool()) text_ << "{\"bool\":" << (value.toBool() ? "true" : "false") << '}';
    else if (value.isInt()) text_ << "{\"integer\":" << value.toInt() << '}';
    else if (value.isDouble()) real(value.toDouble());
    else if (value.isDevice()) text_ << "{\"device\":true}";
    else if (value.isString()) {
      text_ << "{\"string\":";
      string(value.toStringRef());
      text_ << '}';
    } else if (value.isList()) {
      text_ << "{\"list\":[";
      bool first = true;
      for (const c10::IValue &part : value.toListRef()) {
        if (!first) text_ << ',';
        first = false;
        literal(part);
      }
      text_ << "]}";
    } else {
      text_ << "{\"unknown\":";
      string(value.tagKind());
      text_ << '}';
    }
  }

  void operand(const torch::jit::Value *value) {
    const auto *node = value->node();
    switch (node->kind()) {
      case c10::prim::Constant:
        if (auto known = torch::jit::toIValue(value)) return literal(*known);
        break;
      case c10::prim::ListConstruct: {
        text_ << "{\"list\":[";
        for (size_t i = 0; i < node->inputs().size(); ++i) {
          if (i > 0) text_ << ',';
          operand(node->inputs()[i]);
        }
        text_ << "]}";
        return;
      }
      case c10::prim::GetAttr:
      case c10::prim::TupleConstruct:
      case c10::prim::DictConstruct: break;
      default:
        text_ << "{\"value\":";
        string(value->debugName());
        text_ << '}';
        return;
    }
    if (node->kind() == c10::prim::Param) {
      text_ << "{\"value\":";
      string(value->debugName());
      text_ << '}';
      return;
    }
    text_ << "{\"unknown\":";
    string(node->kind().toQualString());
    text_ << '}';
  }

  /// The path of the module that a node was called in, outermost first.
  static std::string module(const torch::jit::Node *node) {
    std::string path;
    if (auto stack = node->callstack()) {
      for (const auto &entry : (*stack)->vec()) {
        auto info = std::get<2>(entry);
        if (!info || info->instance_name().empty()) continue;
        const auto &name = info->instance_name();
        if (name == "SELF" || name == "TOP" || name == "INSTANCE_NAME_UNKNOWN") continue;
        path += (path.empty() ? "" : ".") + name;
      }
    }
    return path;
  }

  void operation(const torch::jit::Node *node) {
    text_ << "{\"kind\":";
    string(node->kind().toQualString());
    if (const auto *schema = node->maybeSchema()) {
      text_ << ",\"overload\":";
      string(schema->overload_name());
      text_ << ",\"arguments\":[";
      for (size_t i = 0; i < schema->arguments().size(); ++i) {
        if (i > 0) text_ << ',';
        string(schema->arguments()[i].name());
      }
      text_ << ']';
    }
    text_ << ",\"module\":";
    string(module(node));
    text_ << ",\"operands\":[";
    for (size_t i = 0; i < node->inputs().size(); ++i) {
      if (i > 0) text_ << ',';
      operand(node->inputs()[i]);
    }
    text_ << "],\"results\":[";
    for (size_t i = 0; i < node->outputs().size(); ++i) {
      if (i > 0) text_ << ',';
      string(node->outputs()[i]->debugName());
    }
    text_ << "]}";
  }
};

std::unique_ptr<Script> loaded_script(const char *path) {
  auto module = torch::jit::load(path, c10::Device(c10::kCPU));
  module.eval();
  auto frozen = torch::jit::freeze_module(module);
  auto graph = frozen.get_method("forward").graph();
  graph = simplified(graph);
  auto script = std::make_unique<Script>();
  ScriptWriter(module, *script).write(*graph);
  return script;
}

}  // namespace distill
