import Tensors

/// A function with parameters.
///
/// Write a struct whose properties are parameters and modules, and `forward`:
///
/// ```swift
/// struct Classifier: Module {
///   let features: Linear
///   let head: Linear
///
///   func forward(_ input: Tensor, _ pass: Pass) -> Tensor {
///     head(pass.tap("features", features(input, pass).relu), pass)
///   }
/// }
/// ```
///
/// Parameters are found by looking at the properties, and named by the path to them as PyTorch
/// would: `features.weight`, `layers.0.bias`, `running_mean` for `runningMean`. They may lie inside
/// optionals, arrays, dictionaries (in the order of their keys), tuples, enumerations and plain
/// structs. A property that is a class must be a module or a parameter to hold any: others hide what
/// they hold, and the program stops there.
public protocol Module {
  /// The output for a batch of inputs. Call the module itself: `module(input)`.
  func forward(_ input: Tensor, _ pass: Pass) -> Tensor

  /// The parameters and modules directly inside, by name. The default looks at the properties.
  var members: [(name: String, member: ModuleMember)] { get }
}

/// What a module is made of.
public enum ModuleMember {
  case parameter(Parameter)
  case module(any Module)
  /// A module that is saved and loaded as it is, and not trained.
  case frozen(any Module)
}

extension Module {
  public func callAsFunction(_ input: Tensor, _ pass: Pass = .evaluation) -> Tensor {
    forward(input, pass)
  }

  public var members: [(name: String, member: ModuleMember)] {
    Mirror(reflecting: self).children.flatMap { child in
      membersInside(child.value, named: snakeCase(child.label ?? ""))
    }
  }

  /// Every parameter and buffer with its path, in order.
  public var namedParameters: [(path: String, parameter: Parameter)] {
    members.flatMap { name, member in
      switch member {
      case .parameter(let parameter): [(name, parameter)]
      case .module(let module), .frozen(let module):
        module.namedParameters.map { (name.isEmpty ? $0.path : "\(name).\($0.path)", $0.parameter) }
      }
    }
  }

  /// The parameters that training changes, each once even where modules share it.
  public var parameters: [Parameter] {
    var seen: Set<ObjectIdentifier> = []
    return thawedParameters.filter {
      $0.role == .trained && seen.insert(ObjectIdentifier($0)).inserted
    }
  }

  /// Parameters and buffers outside frozen modules.
  private var thawedParameters: [Parameter] {
    members.flatMap { _, member in
      switch member {
      case .parameter(let parameter): [parameter]
      case .module(let module): module.thawedParameters
      case .frozen: [Parameter]()
      }
    }
  }

  /// How many numbers training changes.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.value.count } }

  /// The bytes of all parameters and buffers.
  public var byteCount: Int {
    namedParameters.reduce(0) {
      $0 + $1.parameter.value.count * $1.parameter.value.elementType.byteCount
    }
  }

  /// Moves every parameter and buffer to a device, and real ones to an element type.
  public func move(to device: Device? = nil, _ elementType: ElementType? = nil) {
    for (_, parameter) in namedParameters {
      var value = parameter.value
      if let elementType, value.elementType.isFloatingPoint { value = value.cast(to: elementType) }
      if let device { value = value.moved(to: device) }
      parameter.value = value
    }
  }
}

/// `runningMean` as `running_mean`.
func snakeCase(_ name: String) -> String {
  name.reduce(into: "") { result, character in
    if character.isUppercase {
      if !result.isEmpty { result.append("_") }
      result.append(character.lowercased())
    } else {
      result.append(character)
    }
  }
}
