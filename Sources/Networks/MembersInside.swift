import Tensors

/// Parameters and modules in a property: itself, or inside an optional, an array, a dictionary, a
/// tuple, an enumeration's case or a plain struct.
func membersInside(
  _ property: Any,
  named name: String
) -> [(name: String, member: ModuleMember)] {
  if let parameter = property as? Parameter { return [(name, .parameter(parameter))] }
  if let module = property as? any Module { return [(name, .module(module))] }
  if property is any Childless { return [] }
  let mirror = Mirror(reflecting: property)
  func path(_ part: String) -> String { name.isEmpty ? part : "\(name).\(part)" }
  switch mirror.displayStyle {
  case .optional:
    return mirror.children.first.map { membersInside($0.value, named: name) } ?? []
  case .collection:
    return mirror.children.enumerated().flatMap { index, child in
      membersInside(child.value, named: path("\(index)"))
    }
  case .dictionary:
    return entries(of: mirror).flatMap { membersInside($0.value, named: path($0.key)) }
  case .struct, .tuple, .enum:
    return mirror.children.enumerated().flatMap { index, child in
      // The parts of a tuple without labels are called .0, .1, …
      let label = child.label.map { $0.hasPrefix(".") ? String($0.dropFirst()) : snakeCase($0) }
      return membersInside(child.value, named: path(label ?? "\(index)"))
    }
  case .class:
    for child in mirror.children where child.value is Parameter || child.value is any Module {
      preconditionFailure(
        "the property '\(name)' holds '\(child.label ?? "")' in a class, \(type(of: property)), that "
          + "is not a Module: it would be neither trained nor saved; make the class a Module"
      )
    }
    return []
  default: return []
  }
}

/// What a dictionary holds, in the order of its keys: numbers by their size, others by their text.
private func entries(of dictionary: Mirror) -> [(key: String, value: Any)] {
  dictionary.children.compactMap { child -> (number: Int?, key: String, value: Any)? in
    guard let pair = child.value as? (key: AnyHashable, value: Any) else { return nil }
    return (pair.key.base as? Int, "\(pair.key.base)", pair.value)
  }.sorted { a, b in
    if let first = a.number, let second = b.number { return first < second }
    return a.key < b.key
  }.map { ($0.key, $0.value) }
}

/// What no parameter lies inside, and need not be looked into.
private protocol Childless {}

extension Tensor: Childless {}
extension Int: Childless {}
extension UInt64: Childless {}
extension Double: Childless {}
extension Float: Childless {}
extension Bool: Childless {}
extension String: Childless {}
