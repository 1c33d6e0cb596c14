// TorchScript: libtorch reads the archive and simplifies the graph; what comes out is text about
// operators and a list of tensors, so that no type of the JIT passes the door.
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/passes/constant_propagation.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/freeze_module.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/passes/loop_unrolling.h>
#include <torch/csrc/jit/passes/lower_tuples.h>
#include <torch/csrc/jit/passes/peephole.h>
#include <torch/csrc/jit/passes/remove_mutation.h>
#include <torch/csrc/jit/serialization/import.h>

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <memory>
#include <sstream>
#include <unordered_map>

#include "Shim.h"

namespace distill {

struct Script {
  std::string graph;
  std::vector<at::Tensor> tensors;
};

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

static std::unique_ptr<Script> loaded(const char *path) {
  auto module = torch::jit::load(path, c10::Device(c10::kCPU));
  module.eval();
  auto frozen = torch::jit::freeze_module(module);
  auto graph = frozen.get_method("forward").graph();
  torch::jit::Inline(*graph);
  for (int round = 0; round < 3; ++round) {
    torch::jit::LowerSimpleTuples(graph);
    torch::jit::UnrollConstantLoops(graph);
    torch::jit::RemoveListMutation(graph);
    torch::jit::PeepholeOptimize(graph);
    torch::jit::ConstantPropagation(graph);
    torch::jit::EliminateDeadCode(graph);
  }
  auto script = std::make_unique<Script>();
  ScriptWriter(module, *script).write(*graph);
  return script;
}

// Damaged files may end libtorch's reader, or take all memory: it reads in a process of its own, which
// hands over what it made of the file.

/// Bytes from one process to the other, or the end of the writer.
static void hand_over(int pipe, const void *bytes, size_t count) {
  auto *next = static_cast<const char *>(bytes);
  while (count > 0) {
    ssize_t done = write(pipe, next, count);
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) _exit(1);
    next += done;
    count -= static_cast<size_t>(done);
  }
}

template <class Number>
static void hand_over(int pipe, Number number) {
  hand_over(pipe, &number, sizeof number);
}

static void hand_over(int pipe, const std::string &text) {
  hand_over(pipe, static_cast<uint64_t>(text.size()));
  hand_over(pipe, text.data(), text.size());
}

/// What a reader may take beside what the program has.
static uint64_t allowance(const char *path) {
  struct stat status = {};
  uint64_t size = stat(path, &status) == 0 ? static_cast<uint64_t>(status.st_size) : 0;
  return (uint64_t(1) << 28) + 100 * size;
}

static void limit_memory(uint64_t more) {
  unsigned long pages = 0;
  FILE *file = fopen("/proc/self/statm", "r");
  if (!file) return;
  if (fscanf(file, "%lu", &pages) == 1) {
    rlimit most = {};
    most.rlim_cur = most.rlim_max = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + more;
    setrlimit(RLIMIT_AS, &most);
  }
  fclose(file);
}

[[noreturn]] static void read_in_child(const char *path, int pipe) {
  for (int number : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGALRM, SIGTERM, SIGPIPE})
    signal(number, SIG_DFL);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_UNBLOCK, &all, nullptr);
  rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  limit_memory(allowance(path));
  // The program's other threads are not here.
  at::set_num_threads(1);
  alarm(60);
  auto script = guarded<std::unique_ptr<Script>>(nullptr, [&] {
    auto script = loaded(path);
    for (auto &tensor : script->tensors) tensor = tensor.cpu().contiguous();
    return script;
  });
  hand_over(pipe, static_cast<int32_t>(script != nullptr));
  if (!script) {
    hand_over(pipe, std::string(dt_last_error()));
    _exit(0);
  }
  hand_over(pipe, script->graph);
  hand_over(pipe, static_cast<uint64_t>(script->tensors.size()));
  for (const auto &tensor : script->tensors) {
    hand_over(pipe, static_cast<int32_t>(tensor.scalar_type()));
    hand_over(pipe, static_cast<int32_t>(tensor.dim()));
    for (int64_t length : tensor.sizes()) hand_over(pipe, length);
    hand_over(pipe, tensor.const_data_ptr(), tensor.nbytes());
  }
  _exit(0);
}

/// Takes what a reader hands over, which may be anything where the file is damaged.
class Receiver {
 public:
  Receiver(int pipe, uint64_t most) : pipe_(pipe), left_(most) {}

  void take(void *bytes, size_t count) {
    auto *next = static_cast<char *>(bytes);
    while (count > 0) {
      ssize_t done = read(pipe_, next, count);
      if (done < 0 && errno == EINTR) continue;
      TORCH_CHECK(done > 0, ended);
      next += done;
      count -= static_cast<size_t>(done);
    }
  }

  template <class Number>
  Number number() {
    Number number;
    take(&number, sizeof number);
    return number;
  }

  std::string text() {
    std::string text(reserved(number<uint64_t>()), '\0');
    take(text.data(), text.size());
    return text;
  }

  at::Tensor tensor() {
    int32_t type = number<int32_t>(), rank = number<int32_t>();
    TORCH_CHECK(type >= 0 && type < static_cast<int32_t>(at::ScalarType::Undefined), ended);
    TORCH_CHECK(rank >= 0 && rank <= 64, ended);
    auto kind = static_cast<at::ScalarType>(type);
    TORCH_CHECK(!c10::isQIntType(kind), "it has quantised weights");
    std::vector<int64_t> shape;
    uint64_t count = 1;
    for (int32_t axis = 0; axis < rank; ++axis) {
      shape.push_back(number<int64_t>());
      uint64_t length = static_cast<uint64_t>(shape.back());
      TORCH_CHECK(shape.back() >= 0 && !__builtin_mul_overflow(count, length, &count), ended);
    }
    TORCH_CHECK(!__builtin_mul_overflow(count, uint64_t(c10::elementSize(kind)), &count), ended);
    reserved(count);
    auto tensor = at::empty(shape, at::TensorOptions().dtype(kind));
    take(tensor.mutable_data_ptr(), count);
    return tensor;
  }

  static constexpr const char *ended = "libtorch ends, or does not end, at reading it";

 private:
  int pipe_;
  uint64_t left_;

  /// Counts what is taken of the memory that there may be.
  uint64_t reserved(uint64_t count) {
    TORCH_CHECK(count <= left_, ended);
    left_ -= count;
    return count;
  }
};

static std::unique_ptr<Script> received(int pipe, uint64_t most) {
  Receiver receiver(pipe, most);
  bool isRead = receiver.number<int32_t>() != 0;
  auto text = receiver.text();
  TORCH_CHECK(isRead, text);
  auto script = std::make_unique<Script>();
  script->graph = std::move(text);
  for (auto count = receiver.number<uint64_t>(); count > 0; --count)
    script->tensors.push_back(receiver.tensor());
  return script;
}

}  // namespace distill

using namespace distill;

extern "C" dt_script dt_script_load(const char *path) {
  return guarded<dt_script>(nullptr, [&]() -> dt_script {
    int ends[2];
    TORCH_CHECK(pipe(ends) == 0, "no pipe can be made");
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    pid_t child = fork();
    if (child == 0) {
      close(ends[0]);
      read_in_child(path, ends[1]);
    }
    close(ends[1]);
    auto script = guarded<std::unique_ptr<Script>>(nullptr, [&]() -> std::unique_ptr<Script> {
      TORCH_CHECK(child > 0, "no process can be started");
      return received(ends[0], allowance(path));
    });
    close(ends[0]);
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return reinterpret_cast<dt_script>(script.release());
  });
}

extern "C" void dt_script_release(dt_script script) {
  delete reinterpret_cast<Script *>(script);
}

extern "C" const char *dt_script_graph(dt_script script) {
  return reinterpret_cast<Script *>(script)->graph.c_str();
}

extern "C" int32_t dt_script_tensor_count(dt_script script) {
  return static_cast<int32_t>(reinterpret_cast<Script *>(script)->tensors.size());
}

extern "C" dt_tensor dt_script_tensor(dt_script script, int32_t index) {
  return owned(at::Tensor(reinterpret_cast<Script *>(script)->tensors[index]));
}
