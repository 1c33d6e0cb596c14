import CTorch

/// Where a tensor's elements live and its operations run.
///
/// There is no global current device: functions that make tensors take one as an argument.
public struct Device: Hashable, Sendable, CustomStringConvertible {
  enum Kind: Int32 {
    case cpu = 0
    case cuda = 1
    case mps = 13
  }

  let kind: Kind
  let index: Int

  /// The processor.
  public static let cpu = Device(kind: .cpu, index: 0)

  /// An NVIDIA (or ROCm) device; needs a libtorch with CUDA.
  public static func cuda(_ index: Int = 0) -> Device {
    _ = cudaLibrary
    return Device(kind: .cuda, index: index)
  }

  /// Asking for the device count loads libtorch's CUDA library, once, if there is one.
  private static let cudaLibrary = dt_device_count(Kind.cuda.rawValue)

  /// The graphics processor of a Mac.
  public static let mps = Device(kind: .mps, index: 0)

  init(kind: Kind, index: Int) {
    self.kind = kind
    self.index = index
  }

  init(torchType: Int32, index: Int) {
    guard let kind = Kind(rawValue: torchType) else {
      preconditionFailure("libtorch's device type \(torchType) is not supported")
    }
    self.init(kind: kind, index: kind == .cuda ? max(index, 0) : 0)
  }

  /// The device of a name such as "cpu", "cuda", "cuda:1" or "mps".
  ///
  /// - Throws: ``TorchError`` when there is no such name, or this machine does not have the device.
  public init(named name: String) throws {
    let parts = name.lowercased().split(separator: ":", omittingEmptySubsequences: false)
    let index = parts.count == 2 ? Int(parts[1]) : 0
    switch (parts.first, parts.count) {
    case ("cpu", 1): self = .cpu
    case ("mps", 1): self = .mps
    case ("cuda", 1...2):
      guard let index, index >= 0 else { fallthrough }
      self = .cuda(index)
    default:
      throw TorchError("there is no device '\(name)': use cpu, cuda, cuda:N or mps")
    }
    guard isAvailable else {
      let found = Device.available.map(\.description).joined(separator: ", ")
      throw TorchError("device '\(name)' is not on this machine: found \(found)")
    }
  }

  /// Whether this machine has the device and this libtorch can use it.
  public var isAvailable: Bool { index < Int(dt_device_count(kind.rawValue)) }

  /// The devices that can be used here.
  public static var available: [Device] {
    [.cpu] + (0..<Int(dt_device_count(Kind.cuda.rawValue))).map(Device.cuda)
      + (Device.mps.isAvailable ? [.mps] : [])
  }

  public var description: String {
    switch kind {
    case .cpu: "cpu"
    case .cuda: "cuda:\(index)"
    case .mps: "mps"
    }
  }
}
