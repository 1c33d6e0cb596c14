import Foundation
import Networks
import Tensors

/// One network in several orders. Its file is the network's, with the text `orders` beside it.
extension OrderMixture where Member: AnyOrderModel {
  /// The model in orders given, which share its parameters.
  public init(_ model: Member, orders: [[Int]]) {
    self.init(orders.map(model.ordered(by:)))
  }

  /// The model in its own order and `count` − 1 random ones.
  public init(_ model: Member, orders count: Int, seed: UInt64) {
    let generator = RandomGenerator(seed: seed)
    let others = (1..<max(count, 1)).map { _ in
      Tensor.permutation(model.inputs, using: generator).scalars(Int.self)
    }
    self.init(model, orders: [model.order] + others)
  }
}

extension OrderMixture: StoredModel where Member: AnyOrderModel & StoredModel {
  public init(contentsOf url: URL) throws {
    let model = try Member(contentsOf: url)
    self.init(model, orders: try StudentFile.orders(in: url, model.inputs))
  }

  /// - Precondition: Members share the parameters of one model.
  public func write(to url: URL, metadata: [String: String] = [:]) throws {
    let orders = members.map { $0.order.map(String.init).joined(separator: " ") }
    try members[0].write(
      to: url,
      metadata: metadata.merging(["orders": orders.joined(separator: ", ")]) { $1 }
    )
  }
}
