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
    let orders = try StudentFile.orders(in: url, model.inputs)
    guard let texts = try Safetensors.read(from: url).metadata["connectivities"] else {
      self.init(model, orders: orders)
      return
    }
    let connectivities = texts.split(separator: ",", omittingEmptySubsequences: false)
    let members = zip(orders, connectivities).compactMap {
      model.ordered(by: $0, connectedBy: String($1))
    }
    guard members.count == orders.count, connectivities.count == orders.count else {
      throw GenerativeError(
        "'\(url.path)' holds no mixture over orders: its connectivities are not those of "
          + "\(orders.count) members"
      )
    }
    self.init(members)
  }

  /// - Precondition: Members share the parameters of one model.
  public func write(to url: URL, metadata: [String: String] = [:]) throws {
    let orders = members.map { $0.order.map(String.init).joined(separator: " ") }
    var own = ["orders": orders.joined(separator: ", ")]
    let connectivities = members.compactMap(\.connectivityText)
    if Set(connectivities).count > 1 {
      own["connectivities"] = connectivities.joined(separator: ", ")
    }
    try members[0].write(to: url, metadata: metadata.merging(own) { $1 })
  }
}
