#if os(Linux)
  import Foundation
  import Testing

  @testable import StudentExport

  /// The runtime and its C library, compiled by themselves as users have them.
  @Suite struct LibraryTests {
    private static let sources = URL(fileURLWithPath: #filePath)
      .appendingPathComponent("../../../Sources").standardizedFileURL

    /// Counts what a program asks the heap for, its libraries included.
    private static let counting = """
      #include <errno.h>
      #include <stddef.h>
      void *__libc_malloc(size_t);
      void *__libc_calloc(size_t, size_t);
      void *__libc_realloc(void *, size_t);
      void *__libc_memalign(size_t, size_t);
      static long allocations;
      long allocation_count(void) { return allocations; }
      void *malloc(size_t n) { allocations++; return __libc_malloc(n); }
      void *calloc(size_t n, size_t size) { allocations++; return __libc_calloc(n, size); }
      void *realloc(void *p, size_t n) { allocations++; return __libc_realloc(p, n); }
      void *memalign(size_t a, size_t n) { allocations++; return __libc_memalign(a, n); }
      void *aligned_alloc(size_t a, size_t n) { return memalign(a, n); }
      int posix_memalign(void **p, size_t a, size_t n) { return (*p = memalign(a, n)) ? 0 : ENOMEM; }

      """

    private static let inC = """
      #include <stdio.h>
      #include <stdlib.h>
      #include <string.h>
      #include "distill_student.h"
      long allocation_count(void);
      int main(void) {
        const char *error = NULL;
        if (distill_student_open("none", &error) || !strstr(error, "cannot be opened")) return 1;
        if (distill_student_open("inputs", &error) || !strstr(error, "not the file")) return 2;
        if (distill_student_open("none", NULL)) return 3;
        distill_student *first = distill_student_open("student.distill", &error);
        if (!first || allocation_count() == 0) return 4;
        distill_student *student = distill_student_copy(first);
        distill_student_close(first);
        distill_student_close(NULL);
        long inputs = distill_student_input_count(student);
        long outputs = distill_student_output_count(student);
        int64_t shape[3];
        distill_student_input_shape(student, shape);
        if (shape[0] * shape[1] * shape[2] != inputs) return 5;
        if (strcmp(distill_student_class(student, 0), "class 0")) return 6;
        if (distill_student_provenance(student)[0] != '{') return 10;
        if (distill_student_class(student, -1) || distill_student_class(student, outputs)) return 7;
        float *x = malloc(4 * 4 * inputs), *y = malloc(4 * 4 * outputs);
        FILE *file = fopen("inputs", "rb");
        if (fread(x, 4, 4 * inputs, file) != 4 * inputs) return 8;
        long before = allocation_count();
        distill_student_predict(student, x, 4, y);
        if (allocation_count() != before) return 9;
        file = fopen("answers", "wb");
        fwrite(y, 4, 4 * outputs, file);
        fclose(file);
        distill_student_close(student);
        return 0;
      }

      """

    private static let inSwift = """
      import StudentRuntime

      @_silgen_name("allocation_count") func allocationCount() -> Int
      let student = try! Student(path: "student.distill")
      let workspace = student.makeWorkspace()
      let input = [Float](repeating: 0.5, count: student.inputCount)
      var output = [Float](repeating: 0, count: student.outputCount)
      let before = allocationCount()
      precondition(before > 0)
      for _ in 0..<100 { student.predict(input, into: &output, using: workspace) }
      precondition(allocationCount() == before, "\\(allocationCount() - before) allocations")

      """

    private static let inPython = """
      import ctypes
      library = ctypes.CDLL("./libdistill_student.so")
      library.distill_student_open.restype = ctypes.c_void_p
      library.distill_student_predict.argtypes = [
          ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int64, ctypes.c_char_p]
      error = ctypes.c_char_p()
      assert not library.distill_student_open(b"none", ctypes.byref(error)) and error.value
      student = library.distill_student_open(b"student.distill", ctypes.byref(error))
      inputs, answers = open("inputs", "rb").read(), open("answers", "rb").read()
      output = ctypes.create_string_buffer(len(answers))
      library.distill_student_predict(student, inputs, 4, output)
      assert output.raw == answers

      """

    /// A program around the module of the documentation.
    private static let inFortran = """

      program main
        use students
        implicit none
        real(c_float), allocatable :: x(:, :), y(:, :)
        integer :: counts(2), unit
        open(newunit=unit, file="counts")
        read (unit, *) counts
        allocate(x(counts(1), 4), y(counts(2), 4))
        open(newunit=unit, file="inputs", access="stream", form="unformatted")
        read (unit) x
        call answer(x, y)
        open(newunit=unit, file="answers", access="stream", form="unformatted", status="replace")
        write (unit) y
      end program

      """

    private static let compiler =
      ProcessInfo.processInfo.environment["DISTILL_FORTRAN"] ?? "gfortran"

    /// The examples of the documentation in Fortran and, where it has NumPy, in Python.
    private func requireDocumentedExamples(_ specimen: Specimen, in folder: URL) throws {
      let graph = specimen.graph
      let width = graph.inputShape.reduce(1, *)
      let program =
        """
        import ctypes, numpy
        inputs = numpy.fromfile("inputs", dtype="<f4").reshape(4, -1)
        outputs = numpy.zeros((4, \(graph.outputCount)), dtype="<f4")

        """ + (try documented("python", "library = ctypes.CDLL")) + "outputs.tofile(\"answers\")\n"
      let fortran = try documented("fortran", "module students") + Self.inFortran
      for (name, text) in [
        ("counts", "\(width) \(graph.outputCount)\n"), ("main.f90", fortran),
        ("main.py", program),
      ] {
        try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
      }
      let link = "-L . -ldistill_student -Wl,-rpath,."
      var lines: [String] = []
      if try shell("command -v '\(Self.compiler)' > /dev/null", in: folder) {
        lines.append("'\(Self.compiler)' -Wall -std=f2018 -o in-f main.f90 \(link) && ./in-f")
      }
      if pythonHas("numpy") { lines.append("\(python) main.py") }
      for line in lines {
        let parity = try parity(of: line, in: folder, specimen)
        #expect(parity.largestDifference < 5e-6, "\(line): \(parity)")
      }
    }

    /// Students with every operation: nothing is allocated, and C has the answers of libtorch.
    @Test func nothingIsAllocated() throws {
      try withScratch { folder in
        let programs = [
          ("count.c", Self.counting), ("main.c", Self.inC), ("main.swift", Self.inSwift),
          ("check.py", Self.inPython),
        ]
        for (name, text) in programs {
          try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
        }
        let sources = Self.sources.path
        try #require(
          try shell(
            """
            swiftc -O -wmo -parse-as-library -module-name StudentRuntime -emit-module -c \
            -o runtime.o '\(sources)'/StudentRuntime/*.swift '\(sources)'/StudentRuntime/*/*.swift && \
            swiftc -O -wmo -parse-as-library -emit-library -o libdistill_student.so \
            -module-name StudentLibrary -I . '\(sources)'/StudentLibrary/Interface.swift runtime.o && \
            cc -c count.c && cc -std=c99 -Wall -Werror -Wno-sign-compare -rdynamic -o in-c main.c \
            count.o -I '\(sources)/StudentLibrary' -L . -ldistill_student -Wl,-rpath,. && \
            swiftc -O -o in-swift -I . main.swift runtime.o count.o -Xlinker -export-dynamic
            """,
            in: folder
          )
        )
        let names = [
          "softmaxes", "nade", "normals", "mlp:9-13-8-5,gelu",
          "cnn:2x9x9-12r3-m2-20r3s2-a2-gap-3,softplus", "attention of tokens", "recurrent gru",
          "made",
        ]
        for name in names {
          let specimen = try Specimen(name)
          var graph = specimen.graph
          graph.classes = (0..<graph.outputCount).map { "class \($0)" }

          try graph.runtimeFile().write(to: folder.appendingPathComponent("student.distill"))
          let parity = try parity(of: "./in-c && ./in-swift", in: folder, specimen)
          #expect(parity.largestDifference < 5e-6, "\(name): \(parity)")
          if pythonHas("ctypes") { #expect(try shell("\(python) check.py", in: folder)) }
          try requireDocumentedExamples(specimen, in: folder)
        }
      }
    }
  }
#endif
