import Distill
import Foundation
import Runs

/// Tables and figures of a run.
package struct SentenceReport {
  private let measured: SentenceMeasurement
  private let certificate: SentenceCertificate

  private var world: SentenceWorld { measured.world }
  private var recipe: SentenceExperiment { world.recipe }

  package init(_ measured: SentenceMeasurement, _ certificate: SentenceCertificate) {
    (self.measured, self.certificate) = (measured, certificate)
  }

  package func write(_ run: Run) throws {
    try run.publish(certificate, certificate.text, page, with: "students")
  }

  private var page: Report {
    Report(
      title: "Small encoders of sentences and their teacher",
      sections: [
        .callout(certificate.word.rawValue, certificate.lesson),
        .paragraph(
          """
          \(world.summary). Rank correlation is Spearman's, of a definition's similarities with all \
          other test definitions. Definitions look for their synset's example, and for its words, among \
          those of all \(grouped(recipe.test)) test synsets; MRR is the mean reciprocal rank. Topics are \
          the lexicographer files of WordNet, told by a linear classifier on the embeddings. Students on \
          contrast learnt to find a gloss's words among those of the batch, with as many steps. After ± \
          stand two standard errors, over \(recipe.seeds) seeds and the test synsets.
          """
        ),
        .table(certificate.table), .heading("What the teacher was worth"),
        .paragraph(
          "Each student less the same student without a teacher, paired by seed and synset."
        ),
        .table(certificate.gains),
        .charts([
          chart(.exampleRank, "Reciprocal rank of a definition's example"),
          chart(.topic, "Accuracy of topics"),
        ]),
        .facts([
          ("machine", MachineFacts.current(device: world.device).processor),
          ("threads", "\(Machine.threads)"), ("texts of a step", "\(recipe.batch)"),
          ("steps of static students", grouped(recipe.staticSteps)),
          ("steps of transformers", grouped(recipe.transformerSteps)),
        ]),
        .paragraph("recipe.yaml beside this page repeats the run, certificate.json proves it:"),
        .code("distill replay certificate.json"),
      ]
    )
  }

  private func chart(_ measure: SentenceMeasurement.Measure, _ title: String) -> IntervalChart {
    IntervalChart(
      title: title,
      x: Axis("percent"),
      rows: certificate.models.map { own in
        let value = own[measure].value
        return .init(
          own.name,
          value: 100 * value.mean,
          lower: 100 * (value.mean - 2 * value.standardError),
          upper: 100 * (value.mean + 2 * value.standardError)
        )
      }
    )
  }
}
