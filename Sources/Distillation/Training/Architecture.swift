import Networks
import Tensors

/// What a module is made of, one line for each part, so that two can be compared and the first
/// difference named: `activation = relu`, `0.weight is float32 [50, 784]`.
package func architecture(of module: any Module) -> [String] {
  let settings = settingLines(of: module, at: "")
  let parameters = module.namedParameters.map { path, parameter in
    "\(path) is \(parameter.value.elementType.rawValue) \(parameter.shape)"
  }
  return settings + parameters
}

/// A module's type and its properties that are plain values, then the modules in it.
private func settingLines(of part: Any, at path: String) -> [String] {
  func below(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
  let mirror = Mirror(reflecting: part)
  switch part {
  case is Parameter: return []
  case is any BinaryInteger, is any BinaryFloatingPoint, is Bool, is String, is [Int]:
    return ["\(path) = \(part)"]
  default: break
  }
  switch mirror.displayStyle {
  case .enum: return ["\(path) = \(part)"]
  case .optional: return mirror.children.first.map { settingLines(of: $0.value, at: path) } ?? []
  case .collection:
    return mirror.children.enumerated().flatMap { index, child in
      settingLines(of: child.value, at: below("\(index)"))
    }
  // What is no module but has an identity is a cache, of which nothing depends.
  case .class where !(part is any Module): return []
  case .struct, .class:
    let type = part is any Module ? ["\(path.isEmpty ? "it" : path) is \(mirror.subjectType)"] : []
    return type
      + mirror.children.flatMap { settingLines(of: $0.value, at: below($0.label ?? "")) }
  default: return []
  }
}

/// An optimizer's type and what it was made with, such as `SGD(momentum: 0.9, isNesterov: false)`;
/// the learning rate, which changes, is left out.
package func settings(of optimizer: any Optimizer) -> String {
  let mirror = Mirror(reflecting: optimizer)
  let plain = mirror.children.compactMap { child -> String? in
    switch child.value {
    case is any BinaryInteger, is any BinaryFloatingPoint, is Bool, is String:
      child.label == "learningRate" ? nil : "\(child.label ?? ""): \(child.value)"
    default: nil
    }
  }
  return "\(mirror.subjectType)(\(plain.joined(separator: ", ")))"
}
