import Distill
import Foundation

/// The pictures and charts that explain a student of an RBM.
package struct GenerativePage {
  package let student: any StoredModel
  package let teacher: RBM
  package let seed: UInt64
  package let shape: ImageShape

  package init(_ student: any StoredModel, of teacher: RBM, seed: UInt64) {
    (self.student, self.teacher, self.seed) = (student, teacher, seed)
    shape = ImageShape(pixels: teacher.inputs)
  }

  /// Samples side by side.
  ///
  /// - Parameter burnIn: Gibbs steps of the teacher's chains from the student's samples.
  package func samples(count: Int = 50, burnIn: Int = 1_000) -> [Picture] {
    let own = student.samples(count, seed: seed, stream: 7)
    var chains = Chains(student.samples(count, seed: seed, stream: 8), seed: seed &+ 7)
    teacher.advance(&chains, steps: burnIn)
    return [
      Picture(title: "Samples of the RBM", png: shape.sheet(chains.states, columns: 10).png),
      Picture(title: "Samples of the student", png: shape.sheet(own, columns: 10).png),
    ]
  }

  /// The weights of the first hidden units as images.
  package func features(count: Int = 50) -> [Picture] {
    func picture(_ title: String, _ weights: Tensor) -> Picture {
      let rows = weights.transposed()[0..<min(count, weights.shape[1])].contiguous
      return Picture(title: title, png: shape.features(rows, columns: 10).png)
    }
    let own = student.outerWeights.map { weights in
      [
        picture("Weights into the student's first hidden units", weights.first),
        picture("Weights out of the student's last hidden units", weights.last),
      ]
    }
    return [picture("Weights of the RBM, a hidden unit an image", teacher.weights)] + (own ?? [])
  }

  /// The log-probabilities of single images, each model's sorted.
  package static func sorted(_ models: [(name: String, values: [Double])], images: Int) -> LineChart
  {
    let points = min(images, 100)
    return LineChart(
      title: "Log-probability of each test image, sorted",
      x: Axis("share of the images, in %"),
      y: Axis("log-probability, nats"),
      lines: models.map { model in
        let sorted = model.values.sorted()
        return LineChart.Line(
          model.name,
          (0..<points).map { point in
            let place = (Double(point) + 0.5) / Double(points)
            return .init(x: 100 * place, y: sorted[Int(place * Double(sorted.count))])
          }
        )
      }
    )
  }

  /// The intervals of log Z.
  package static func intervals(_ results: PartitionResults) -> IntervalChart {
    IntervalChart(
      title: "log Z, with intervals",
      x: Axis("log Z"),
      rows: results.estimates.map { timed in
        .init(
          timed.estimate.method.words,
          value: timed.estimate.logZ,
          lower: timed.estimate.lower,
          upper: timed.estimate.upper
        )
      },
      reference: results.best?.logZ
    )
  }

  /// The page of a student with its certificate.
  package func report(
    _ certificate: GenerativeCertificate,
    facts: [(name: String, value: String)],
    images: Tensor?
  ) -> Report {
    var report = Report(title: "\(certificate.teacher.name) in a \(certificate.student.name)")
    report.add(.table(certificate.table))
    report.add(
      .paragraph(
        """
        The student gives log-probabilities and samples exactly; those of the teacher need log Z, \
        whose error is part of what stands after ±.
        """
      )
    )
    report.add(.heading("The partition function"))
    report.add(.table(certificate.estimates.table))
    report.add(.chart(Self.intervals(certificate.estimates)))
    for warning in certificate.estimates.estimates.flatMap(\.estimate.warnings) {
      report.add(.paragraph("Warning: \(warning)."))
    }
    if let images {
      let logZ = certificate.logZ.logZ
      let own = student.logProbability(images).scalars(Double.self)
      let theirs = teacher.logUnnormalized(images).scalars(Double.self).map { $0 - logZ }
      report.add(.chart(Self.sorted([("student", own), ("RBM", theirs)], images: own.count)))
    }
    report.add(.heading("Samples"))
    for picture in samples() { report.add(.chart(picture)) }
    report.add(.heading("Features"))
    for picture in features() { report.add(.chart(picture)) }
    report.add(.heading("How it was made"))
    report.add(.facts(facts))
    report.add(
      .paragraph("Everything needed to repeat the run is in recipe.yaml beside this page.")
    )
    return report
  }
}
