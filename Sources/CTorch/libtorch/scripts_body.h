// Damaged files may end libtorch's reader, or take all memory: it reads in a process of its own, which
// hands over what it made of the file.
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "Script.h"

namespace distill {

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
    auto script = loaded_script(path);
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
