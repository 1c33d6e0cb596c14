import Distill

/// Of a student that tells classes apart, whatever its inputs are read from.
package struct ClassifierUse: FieldUse {
  /// Inputs that it is asked about.
  package struct Asked {
    /// `[count, …]`, before they are scaled.
    package let inputs: Tensor
    /// Places among the classes, `[count]`; nil where they are not known.
    package var labels: Tensor?
    /// The file of each, where it has one.
    package var files: [String]?

    package init(_ inputs: Tensor, labels: Tensor? = nil, files: [String]? = nil) {
      (self.inputs, self.labels, self.files) = (inputs, labels, files)
    }
  }

  package let classes: [String]
  package let takesText: Bool
  /// The test part of its run.
  private let own: Asked
  private let read: (_ path: String) throws -> Asked
  private let labelled: (_ path: String, _ outcome: String?) throws -> Asked
  private let logits: (Tensor) -> Tensor

  /// - Parameters:
  ///   - read: Inputs of a file.
  ///   - labelled: Inputs of a file and their labels, which are where the second argument says.
  ///   - logits: Of some inputs, `[count, classes]`; of two classes there may be one, of the second.
  package init(
    _ classes: [String],
    takesText: Bool = false,
    own: Asked,
    read: @escaping (_ path: String) throws -> Asked,
    labelled: @escaping (_ path: String, _ outcome: String?) throws -> Asked,
    logits: @escaping (Tensor) -> Tensor
  ) {
    (self.classes, self.takesText, self.own) = (classes, takesText, own)
    (self.read, self.labelled, self.logits) = (read, labelled, logits)
  }

  package func answers(to data: String?) throws -> FieldAnswers {
    let asked = try data.map(read) ?? own
    return FieldAnswers(
      .classes(logProbabilities: try logProbabilities(asked.inputs)),
      files: asked.files
    )
  }

  package func evaluation(
    on data: String?,
    outcome: String?,
    teacherValues: String?
  ) throws -> StudentEvaluation {
    let asked = try data.map { try labelled($0, outcome) } ?? own
    guard let labels = asked.labels else {
      throw RunError("the run was given no labels: name data that have some with --data")
    }
    return try StudentEvaluation(
      logProbabilities(asked.inputs),
      labels,
      classes,
      teacherValues
    )
  }

  /// `[count, classes]`.
  ///
  /// - Throws: `RunError` where an answer is no number.
  private func logProbabilities(_ inputs: Tensor) throws -> Tensor {
    let count = inputs.shape[0]
    let parts = try stride(from: 0, to: count, by: 500).map { start in
      let logits = try withTorchErrors {
        withoutGradient { self.logits(inputs[start..<min(start + 500, count)]) }
      }.cast(to: .float64)
      guard logits.isAllFinite else {
        throw RunError(
          "what the student answers to some of rows \(start + 1) to \(min(start + 500, count)) is no "
            + "number: they are too far out"
        )
      }
      return logits.shape[1] == 1
        ? Tensor.concatenated([(-logits).logSigmoid, logits.logSigmoid], along: 1)
        : logits.logSoftmax()
    }
    return .concatenated(parts)
  }
}

extension ClassifierUse {
  /// Of lines of text.
  ///
  /// - Parameters:
  ///   - width: Of the rows of numbers that a `.npy` or `.npz` has instead of texts; nil where none may.
  ///   - own: The test part of its run.
  ///   - inputs: Of texts.
  package init(
    ofTexts classes: [String],
    orRowsOf width: Int? = nil,
    own: Asked,
    inputs: @escaping ([String]) -> Tensor,
    logits: @escaping (Tensor) -> Tensor
  ) {
    let rows = width.map {
      ClassifierUse(
        ofRows: classes,
        shape: [$0],
        columns: nil,
        divisor: 1,
        own: own,
        logits: logits
      )
    }
    func rowsUse(_ path: String) -> ClassifierUse? {
      ["npy", "npz"].contains(InputTable.kind(of: path)) ? rows : nil
    }
    self.init(
      classes,
      takesText: true,
      own: own,
      read: { try rowsUse($0)?.read($0) ?? Asked(inputs(TextInputs($0).texts)) },
      labelled: { path, outcome in
        if let rows = rowsUse(path) { return try rows.labelled(path, outcome) }
        let column = try TextInputs.outcome(of: path, outcome)
        return Asked(
          inputs(try TextInputs(path, besides: column).texts),
          labels: Tensor(try PredictionTable.labels(column, of: path, classes))
        )
      },
      logits: logits
    )
  }

  /// Of rows of numbers, or of images.
  ///
  /// - Parameters:
  ///   - shape: Of one input in a file.
  ///   - columns: The names of a table's columns that are the inputs, where they have some.
  ///   - divisor: What numbers are divided by; nil for 255 where they are bytes, else 1.
  package init(
    ofRows classes: [String],
    shape: [Int],
    columns: [String]?,
    divisor: Double?,
    own: Asked,
    logits: @escaping (Tensor) -> Tensor
  ) {
    self.init(
      classes,
      own: own,
      read: {
        Asked(try UnlabelledInputs(shape: shape, columns: columns, divisor: divisor).read($0))
      },
      labelled: { path, outcome in
        let data = try LabelledInputs(
          shape: shape,
          columns: columns,
          divisor: divisor,
          classes: classes
        ).read(path, labels: outcome)
        return Asked(data.inputs, labels: data.labels)
      },
      logits: logits
    )
  }
}
