/// How often a model is right against how sure it is; a calibrated one lies on the diagonal.
public struct ReliabilityDiagram: Chart, Hashable {
  public var title: String
  /// The models by name.
  public var models: [Model]

  public struct Model: Hashable, Sendable {
    public var name: String
    public var calibration: Calibration

    public init(_ name: String, _ calibration: Calibration) {
      self.name = name
      self.calibration = calibration
    }
  }

  public init(title: String, models: [Model]) {
    self.title = title
    self.models = models
  }

  /// One point for each bin that is not empty, at its mean confidence, ± two standard errors.
  public var svg: String {
    ScatterChart(
      title: title,
      x: Axis("confidence", range: 0...1),
      y: Axis("accuracy", range: 0...1),
      groups: models.map { model in
        ScatterChart.Group(
          model.name,
          model.calibration.bins.filter { $0.count > 0 }
            .map { LineChart.Point(x: $0.confidence, $0.accuracy) }
        )
      },
      showsDiagonal: true
    ).svg
  }
}
