// TorchScript: what libtorch knows of a graph before it runs, and choices that only ask how many axes
// a value has.
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/passes/constant_propagation.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/passes/loop_unrolling.h>
#include <torch/csrc/jit/passes/lower_tuples.h>
#include <torch/csrc/jit/passes/peephole.h>
#include <torch/csrc/jit/passes/remove_exceptions.h>
#include <torch/csrc/jit/passes/remove_mutation.h>

#include <string>
#include <unordered_map>
#include <unordered_set>

#include "Script.h"

namespace distill {

using torch::jit::Block;
using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;
using Ranks = std::unordered_map<const Value *, int64_t>;

static void simplify(std::shared_ptr<Graph> &graph) {
  for (int round = 0; round < 3; ++round) {
    torch::jit::LowerSimpleTuples(graph);
    torch::jit::UnrollConstantLoops(graph);
    torch::jit::RemoveListMutation(graph);
    torch::jit::PeepholeOptimize(graph);
    torch::jit::ConstantPropagation(graph);
    torch::jit::EliminateDeadCode(graph);
  }
}

static size_t choices(const Graph &graph) {
  size_t count = 0;
  for (const auto *node : graph.nodes())
    count += node->kind() == c10::prim::If || node->kind() == c10::prim::Loop;
  return count;
}

static bool raises(const Graph &graph) {
  for (const auto *node : graph.nodes())
    if (node->kind() == c10::prim::RaiseException) return true;
  return false;
}

/// How many axes the first result of a node has; -1 where that is not known here.
static int64_t rank(const Node *node, const Ranks &known) {
  static const std::unordered_set<std::string> recurrent = {
    "aten::lstm", "aten::gru", "aten::rnn_tanh", "aten::rnn_relu"};
  static const std::unordered_set<std::string> keeping = {
    "aten::linear", "aten::relu", "aten::tanh", "aten::sigmoid", "aten::gelu", "aten::silu",
    "aten::elu", "aten::leaky_relu", "aten::softplus", "aten::dropout", "aten::layer_norm",
    "aten::batch_norm", "aten::contiguous", "aten::clone", "aten::detach", "aten::to",
    "aten::transpose", "aten::permute", "aten::slice", "aten::softmax", "aten::log_softmax",
    "aten::conv1d", "aten::conv2d", "aten::max_pool1d", "aten::avg_pool1d", "aten::cat"};
  std::string kind = node->kind().toQualString();
  if (recurrent.count(kind)) return 3;
  bool looks = kind == "aten::embedding";
  if (node->inputs().size() <= looks) return -1;
  auto found = known.find(node->inputs()[looks]);
  if (found == known.end()) return -1;
  if (looks || kind == "aten::unsqueeze") return found->second + 1;
  if (kind == "aten::select") return found->second - 1;
  return keeping.count(kind) ? found->second : -1;
}

/// Writes the number of axes where it is asked for, and spreads what is known of it.
static void spread(Block *block, Graph &graph, Ranks &known) {
  for (auto *node : block->nodes()) {
    if (node->kind() == c10::aten::dim) {
      auto found = known.find(node->inputs()[0]);
      if (found == known.end()) continue;
      torch::jit::WithInsertPoint here(node);
      node->output()->replaceAllUsesWith(graph.insertConstant(found->second));
      continue;
    }
    for (auto *inner : node->blocks()) spread(inner, graph, known);
    if (node->outputs().empty()) continue;
    int64_t axes = rank(node, known);
    if (axes >= 0) known[node->outputs()[0]] = axes;
  }
}

/// The graph for an input of so many axes; null where it refuses such an input, or choices are left.
static std::shared_ptr<Graph> settled(Graph &graph, int64_t axes) {
  auto copy = graph.copy();
  for (size_t before = choices(*copy) + 1; before > choices(*copy);) {
    before = choices(*copy);
    Ranks known;
    // The first input is the module itself.
    for (size_t i = 1; i < copy->inputs().size(); ++i) known[copy->inputs()[i]] = axes;
    spread(copy->block(), *copy, known);
    simplify(copy);
    if (raises(*copy)) return nullptr;
  }
  // What is left are tests of lengths, which operators make themselves.
  torch::jit::EliminateExceptions(copy);
  simplify(copy);
  return choices(*copy) == 0 ? copy : nullptr;
}

std::shared_ptr<Graph> simplified(std::shared_ptr<Graph> graph) {
  torch::jit::Inline(*graph);
  simplify(graph);
  if (choices(*graph) == 0) return graph;
  for (int64_t axes : {3, 2, 4, 5})
    if (auto found = settled(*graph, axes)) return found;
  return graph;
}

}  // namespace distill
