import Mathematics
import Testing

@Suite struct NearestNameTests {
  @Test(
    arguments: [
      ("softCrossEntropi", "softCrossEntropy"), ("kullbackLiebler", "kullbackLeibler"),
      ("KULLBACK", "kullbackLeibler"), ("zzz", nil),
    ] as [(String, String?)]
  )
  func theNearestNameIsSuggested(word: String, name: String?) {
    #expect(nearestName(to: word, among: ["softCrossEntropy", "kullbackLeibler"]) == name)
  }
}
