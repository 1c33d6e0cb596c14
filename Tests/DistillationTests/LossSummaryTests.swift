import Networks
import Testing

@testable import Distillation

@Suite struct LossSummaryTests {
  @Test(arguments: Catalogue<LossFormula>.standard.names)
  func everyLossHasOneLine(name: String) throws {
    let summary = try #require(Catalogue<LossFormula>.standard[name]).summary
    #expect(!summary.isEmpty && summary.count <= 80 && !summary.contains("\n"))
  }

  /// Names of the field lead to losses that can be written, once a tap is put in.
  @Test(arguments: LossFormula.aliases.sorted { $0.key < $1.key }.map { [$0.key, $0.value] })
  func otherNamesLeadSomewhere(pair: [String]) throws {
    let written = pair[1].replacing("tap tap …", with: "1 2").replacing("tap", with: "1")
    #expect(throws: Never.self) { try Loss(parsing: written) }
    #expect(Catalogue<LossFormula>.standard[pair[0]] == nil)
  }

  @Test(arguments: [
    ("kl", "kullbackLeibler"), ("KLDivLoss", "kullbackLeibler"), ("mse", "squaredErrorOnLogits"),
    ("MSELoss", "squaredErrorOnLogits"), ("dkd", "decoupledKullbackLeibler"),
    ("softcrossentropy", "softCrossEntropy"), ("reverse_kl", "reverseKullbackLeibler"),
  ])
  func whatTheFieldCallsItIsSuggested(name: String, loss: String) {
    do {
      _ = try Loss(parsing: name)
      Issue.record("taken: \(name)")
    } catch {
      #expect("\(error)".hasSuffix("there is no loss '\(name)': did you mean \(loss)?"))
    }
  }
}
