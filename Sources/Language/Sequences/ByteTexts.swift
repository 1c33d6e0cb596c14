import Tensors

/// Short texts as bytes for classifiers: `[texts, length]`, Int64.
///
/// A byte b is b + 1, both ends are ``end``, and what is left of the length is 0. Longer texts are cut,
/// so that every row has both of its ends.
public enum ByteTexts {
  /// Entries that a table of bytes needs.
  public static let entries = 258
  /// Stands at both ends of a text.
  public static let end = 257

  public static func encoded(_ texts: [String], length: Int, on device: Device = .cpu) -> Tensor {
    precondition(length > 2, "ByteTexts: a length of \(length) has no place for text")
    let rows = texts.flatMap { text in
      let bytes = text.utf8.prefix(length - 2).map { Int($0) + 1 }
      return [end] + bytes + [end] + [Int](repeating: 0, count: length - 2 - bytes.count)
    }
    return Tensor(rows, shape: [texts.count, length]).moved(to: device)
  }

  /// 1 where there is text, `[texts, length]`.
  static func presence(_ texts: Tensor, _ elementType: ElementType) -> Tensor {
    (texts .!= 0).cast(to: elementType)
  }
}
