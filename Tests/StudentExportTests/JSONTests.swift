import Foundation
import Networks
import Testing

@testable import StudentExport

@Suite struct JSONTests {
  /// The short program of the documentation and libtorch agree, and so does the whole one, which refuses
  /// what it does not know.
  @Test func theDocumentedProgramsAnswer() throws {
    try compare(try documented("python", "import json, math"), Self.chains)
    let whole = try Self.program("operations.py")
    try compare(whole, Self.featureStudents)
    try refuse(whole)
  }

  /// A program beside the documentation.
  private static func program(_ name: String) throws -> String {
    let url = URL(fileURLWithPath: #filePath)
      .appendingPathComponent("../../../Documentation/Programs/\(name)").standardizedFileURL
    return try String(contentsOf: url, encoding: .utf8)
  }

  /// What the short programs compute.
  private static let chains = [
    "logistics", "probits", "softmaxes", "normals", "poissons", "classes", "two classes", "means",
    "density network", "count network", "Dirichlet", "nade", "nade of rectified units",
    "mlp:40-70-33-10", "mlp:7-3-1",
  ]

  /// What the whole programs compute: features, with every activation and ending.
  private static let featureStudents =
    closedForms + ["mlp:40-70-33-10", "mlp:7-3-1"]
    + Activation.allCases.map { "mlp:7-5-3" + ($0 == .relu ? "" : ",\($0.rawValue)") }

  /// Every kind of operation that a program does not know, and inputs that are too long, are refused by
  /// a word about them.
  private func refuse(_ program: String) throws {
    try withScratch { folder in
      let names =
        sequenceStudents + transformers + fieldStudents + ["cnn:1x3x3-2c3-m2-2", "mlp:7-3-1"]
      for (index, name) in names.enumerated() {
        let file = folder.appendingPathComponent("student\(index).json")
        try Specimen(name).graph.jsonFile().write(to: file)
      }
      let all =
        program + """

          for i in range(\(names.count)):
              student = json.load(open(f"student{i}.json"))
              kinds = {o["kind"] for o in student["operations"]}
              n = math.prod(student["shape"])
              for x in [[0.5] * n, [0.5] * (n + 1), [0.5] * (n - 1)]:
                  try:
                      predict(student, x)
                  except ValueError as error:
                      words = str(error).split()
                      assert words[0] in kinds or words[:2] == ["an", "input"], error
                  else:
                      assert kinds == {"linear"} and len(x) == n, (kinds, len(x))
          for change in [("activation", "swoosh"), ("kind", "whirl")]:
              other = json.loads(json.dumps(student))
              other["operations"][0][change[0]] = change[1]
              try:
                  predict(other, [0.5] * n)
                  raise AssertionError(change)
              except ValueError as error:
                  assert "is not computed here" in str(error)

          """
      try Data(all.utf8).write(to: folder.appendingPathComponent("refuse.py"))
      #expect(try shell("\(python) refuse.py", in: folder))
    }
  }

  private static let hasR =
    (try? shell(
      "Rscript -e 'library(jsonlite)' > /dev/null 2>&1",
      in: FileManager.default.temporaryDirectory
    )) == true

  /// The programs in R, too.
  @Test(.enabled(if: hasR, "there is no Rscript with jsonlite")) func programsInRAnswer() throws {
    try compareR(try documented("r", "library(jsonlite)"), Self.chains)
    try compareR(
      Self.program("operations.R"),
      Self.featureStudents,
      """
      stopifnot(inherits(try(answer(student, c(rows[1, ], 0)), silent = TRUE), "try-error"))
      for (part in c("kind", "activation")) {
        student$operations[[1]][[part]] <- "swoosh"
        said <- try(answer(student, rows[1, ]), silent = TRUE)
        stopifnot(grepl("swoosh is not computed here", said))
      }
      """
    )
  }

  /// - Parameter more: What is done at the end.
  private func compareR(_ program: String, _ names: [String], _ more: String = "") throws {
    try withScratch { folder in
      let specimens = try names.map { try Specimen($0) }
      for (index, specimen) in specimens.enumerated() {
        let file = folder.appendingPathComponent("student\(index).json")
        try specimen.graph.jsonFile().write(to: file)
        try specimen.write(to: folder.appendingPathComponent("inputs\(index)"))
      }
      let all =
        program + """

          for (i in 0:\(specimens.count - 1)) {
            student <- fromJSON(paste0("student", i, ".json"), simplifyDataFrame = FALSE)
            x <- readBin(paste0("inputs", i), "numeric", 1e6, size = 4)
            rows <- matrix(x, ncol = prod(student$shape), byrow = TRUE)
            answers <- unlist(lapply(seq_len(nrow(rows)), function(r) answer(student, rows[r, ])))
            writeBin(answers, paste0("answers", i), size = 4)
          }
          \(more)

          """
      try Data(all.utf8).write(to: folder.appendingPathComponent("check.R"))
      try #require(try shell("Rscript check.R", in: folder))
      for (index, specimen) in specimens.enumerated() {
        let parity = try specimen.parity(of: folder.appendingPathComponent("answers\(index)"))
        #expect(parity.largestDifference < 5e-6, "\(names[index]): \(parity)")
      }
    }
  }

  /// Images, in plain loops.
  @Test func imagesAreDescribed() throws {
    let program = """
      import json, math

      def at(x, shape, c, y, z):
          inside = 0 <= y < shape[1] and 0 <= z < shape[2]
          return x[(c * shape[1] + y) * shape[2] + z] if inside else 0.0

      def predict(student, x):
          shape = student["shape"]
          n = shape[1] * shape[2]
          means, deviations = student["mean"], student["deviation"]
          values = [([(v - means[i // n]) / deviations[i // n] for i, v in enumerate(x)], shape)]
          for o in student["operations"]:
              x, shape = values[o["inputs"][0]]
              w, b = o.get("weights"), o.get("biases")
              y = []
              if o["kind"] == "linear":
                  y = [s + sum(v * f for v, f in zip(x, row)) for row, s in zip(w, b)]
              elif o["kind"] == "scale":
                  n = shape[1] * shape[2]
                  y = [v * w[i // n] + b[i // n] for i, v in enumerate(x)]
              elif o["kind"] == "sum":
                  y = [v + u for v, u in zip(x, values[o["inputs"][1]][0])]
              else:
                  m = o["window"]
                  own = shape[0] // m["groups"] if w else 1
                  out = (o["shape"] + [1, 1])[:3]
                  for f in range(out[0]):
                      for i in range(out[1]):
                          for j in range(out[2]):
                              first = f // (out[0] // m["groups"]) * own if w else f
                              some = [[at(x, shape, first + c, i * m["strideDown"] + r - m["paddingTop"],
                                          j * m["strideRight"] + k - m["paddingLeft"])
                                       * (w[f][c][r][k] if w else 1)
                                       for r in range(m["height"]) for k in range(m["width"])]
                                      for c in range(own)]
                              total = sum(sum(s) for s in some)
                              y.append(total + b[f] if w else max(some[0]) if o["kind"] == "maxPool"
                                       else total / len(some[0]))
              f = {"identity": lambda v: v, "relu": lambda v: max(v, 0.0), "tanh": math.tanh}
              values.append(([f[o["activation"]](v) for v in y], o["shape"]))
          x = values[student["output"]][0]
          e = [math.exp(v) for v in x]
          return [v / sum(e) for v in e]

      """
    try compare(
      program,
      ["cnn:4x8x8-8c3g4b-m2-8c1-9c3g1s2-6-2,tanh", "cnn:2x8x8-12r3-12r3s2-a2s2-3c3g3-gap-3"]
    )
  }

  private func compare(_ program: String, _ names: [String]) throws {
    try withScratch { folder in
      let specimens = try names.map { try Specimen($0) }
      for (index, specimen) in specimens.enumerated() {
        let file = folder.appendingPathComponent("student\(index).json")
        try specimen.graph.jsonFile().write(to: file)
      }
      try comparePython(
        program + """

          from array import array

          for i in range(\(specimens.count)):
              with open(f"student{i}.json", encoding="utf-8") as file:
                  student = json.load(file)
              assert (student["format"], student["version"]) == ("distill student", 1)
              x = array("f", open(f"inputs{i}", "rb").read())
              n = math.prod(student["shape"])
              answers = [v for s in range(0, len(x), n) for v in predict(student, x[s : s + n])]
              open(f"answers{i}", "wb").write(array("f", answers).tobytes())

          """,
        specimens,
        in: folder
      )
    }
  }
}
