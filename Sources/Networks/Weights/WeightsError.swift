/// What is wrong with a file of weights, or with weights for a network.
public struct WeightsError: Error, CustomStringConvertible, Sendable {
  /// One sentence with the file's path.
  public let description: String

  public init(_ description: String) { self.description = description }
}
