import Foundation
import StudentRuntime

extension StudentGraph {
  /// The student as one Swift file that needs only the system's mathematics.
  ///
  /// ```swift
  /// Student.predict(input, into: output, workspace: workspace)  // allocates nothing
  /// ```
  ///
  /// Of a NADE there are exact samples too, out of numbers from 0 to 1 of the caller's:
  ///
  /// ```swift
  /// let image = Student.sample { Double.random(in: 0..<1) }
  /// ```
  ///
  /// The numbers are in it as hexadecimal text, which compiles at once, however many they are.
  public func swiftSource() -> String {
    let plan = StudentPlan(self)
    let shape = plan.input
    let steps = operations.indices.map { index in
      "    " + plan.words(of: index).prefix(21).map(String.init).joined(separator: ", ") + ","
    }
    let names = classes.map { SourceText.swiftLiteral($0) }.joined(separator: ", ")
    return """
      // A student that distill exported. Inputs are channels, height, width, as the training data had
      // them. Any number of threads may predict, each with a workspace of its own.
      \(SourceFacts.lines(of: provenance).map { "// \($0)" }.joined(separator: "\n"))
      \(Self.swiftImports)

      public enum Student {
        public static let inputCount = \(shape.count)
        public static let outputCount = \(outputCount)
        /// How many `Float` a workspace has.
        public static let workspaceCount = \(plan.workspace)
        public static let classes: [String] = [\(names)]

        private static let (channels, pixels) = (\(shape.channels), \(shape.height * shape.width))
        private static let (scalingCount, logitCount) = (\(plan.scalingCount), \(logitCount))
        private static let (inputPlace, logitPlace) = (\(plan.places[0]), \(plan.places[output]))
        /// 0 values, 1 softmax, 2 two classes of one logit, 3 mixture of normals, 4 of Poissons.
        private static let ending = \(ending.rawValue)

        /// One row of 21 words for each operation.
        private static let words: [Int32] = [
      \(steps.joined(separator: "\n"))
        ]
      \(Self.swiftFunctions)\(isAutoregressive ? swiftSamplingFunction : "")
        /// `float32` in hexadecimal.
        private static let text: StaticString = \"\"\"
      \(Self.hexadecimal(plan.numbers))
          \"\"\"

        private static let numberCount = \(plan.numbers.count)
      }

      """
  }

  private static func hexadecimal(_ numbers: [Float]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for (index, number) in numbers.enumerated() {
      if index % 12 == 0 { text += Array((index == 0 ? "    " : "\n    ").utf8) }
      for shift in stride(from: 28, through: 0, by: -4) {
        text.append(digits[Int(number.bitPattern >> UInt32(shift) & 15)])
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  private static let swiftImports = """
    #if canImport(Glibc)
      import Glibc
    #elseif canImport(Musl)
      import Musl
    #elseif canImport(Android)
      import Android
    #else
      import Darwin
    #endif
    """

  /// What operations do, the same in every file.
  private static let swiftFunctions = #"""

      /// What the student says about one input: probabilities of the classes, or values.
      public static func predict(_ input: [Float]) -> [Float] {
        precondition(input.count == inputCount, "Student: an input has \(inputCount) numbers")
        let workspace = UnsafeMutablePointer<Float>.allocate(capacity: workspaceCount)
        defer { workspace.deallocate() }
        return [Float](unsafeUninitializedCapacity: outputCount) { output, count in
          input.withUnsafeBufferPointer {
            predict($0.baseAddress!, into: output.baseAddress!, workspace: workspace)
          }
          count = outputCount
        }
      }

      /// The same without an allocation; only the first call of a program makes its tables.
      public static func predict(
        _ input: UnsafePointer<Float>,
        into output: UnsafeMutablePointer<Float>,
        workspace: UnsafeMutablePointer<Float>
      ) {
        for channel in 0..<channels {
          for pixel in 0..<pixels {
            var x = input[channel * pixels + pixel]
            if scalingCount > 0 {
              let column = scalingCount == 1 ? 0 : channel
              x = (x - numbers[column]) / numbers[scalingCount + column]
            }
            workspace[inputPlace + pixel * channels + channel] = x
          }
        }
        words.withUnsafeBufferPointer { words in
          for start in stride(from: 0, to: words.count, by: 21) {
            perform(Operation(words: words.baseAddress! + start), workspace)
          }
        }
        finish(workspace + logitPlace, output)
      }

      private struct Operation {
        let words: UnsafePointer<Int32>
        subscript(_ index: Int) -> Int { Int(words[index]) }
        var kind: Int { self[0] }
        var activation: Int { self[1] }
        var channels: Int { self[5] }
        var height: Int { self[6] }
        var width: Int { self[7] }
        var filters: Int { self[8] }
        var outHeight: Int { self[9] }
        var outWidth: Int { self[10] }
        var windowHeight: Int { self[11] }
        var windowWidth: Int { self[12] }
        var down: Int { self[13] }
        var right: Int { self[14] }
        var groups: Int { self[17] }
        var hidden: Int { self[20] }
      }

      private static func perform(_ o: Operation, _ workspace: UnsafeMutablePointer<Float>) {
        let (input, output) = (workspace + o[2], workspace + o[3])
        let count = o.filters * o.outHeight * o.outWidth
        if o.kind == 7 {
          output[0] = density(o, input, workspace + o[4])
          return
        }
        if o.kind == 15 {
          var total = 0.0
          for i in 0..<o.channels {
            total += Double(logProbability(input[i], workspace[o[4] + i]))
          }
          output[0] = Float(total)
        } else if o.kind == 9 {
          normalizeLayer(o, input, output)
        } else if o.kind == 10 || o.kind == 20 {
          attend(o, input, output, workspace)
        } else if o.kind == 11 || o.kind == 12 {
          recur(o, input, output, workspace + o[4])
        } else if o.kind == 13 {
          embed(o, input, output)
        } else if o.kind == 21 {
          averageWeighted(o, input, output, workspace + o[4])
        } else if o.kind == 22 {
          upsample(o, input, output)
        } else if o.kind == 23 {
          let first = o.channels * o.width
          for i in 0..<count { output[i] = i < first ? input[i] : workspace[o[4] + i - first] }
        } else if o.kind == 16 {
          accumulate(o, input, output)
        } else if o.kind == 17 {
          multiplyRows(o, input, output)
        } else if o.kind == 18 {
          output[0] = logDensity(o, input, workspace + o[4])
        } else if o.kind == 19 {
          for i in 0..<count { output[i] = logOfSum(input[i], workspace[o[4] + i]) }
        } else if o.kind == 14 {
          for i in 0..<count { output[i] = input[i] + numbers[o[18] + i] }
        } else if o.kind == 6 {
          let run = count / o.groups
          for i in stride(from: 0, to: count, by: run) { normalize(input + i, run, output + i) }
        } else if o.kind == 5 {
          for i in 0..<count { output[i] = input[i] + workspace[o[4] + i] }
        } else {
          for y in 0..<o.outHeight {
            for x in 0..<o.outWidth {
              switch o.kind {
              case 8: multiplyChannelwise(o, input, output, y, x)
              case 3, 4: pool(o, input, output, y, x)
              default: multiply(o, input, output, y, x)
              }
            }
          }
        }
        if o.activation == 0 { return }
        for i in 0..<count { output[i] = activate(output[i], o.activation) }
      }

      /// Eight outputs at a time: of a dense layer, and of one pixel of a convolution.
      private static func multiply(
        _ o: Operation,
        _ input: UnsafeMutablePointer<Float>,
        _ output: UnsafeMutablePointer<Float>,
        _ y: Int,
        _ x: Int
      ) {
        let (channels, filters) = (o.channels / o.groups, o.filters / o.groups)
        let blocks = (filters + 7) / 8
        for group in 0..<o.groups {
          for block in 0..<blocks {
            let index = group * blocks + block
            let weights = numbers + o[18] + index * o.windowHeight * o.windowWidth * 8 * channels
            var sums = SIMD8<Float>(repeating: 0)
            for lane in 0..<8 { sums[lane] = numbers[o[19] + 8 * index + lane] }
            for row in 0..<o.windowHeight {
              let fromY = y * o.down - o[15] + row
              guard fromY >= 0, fromY < o.height else { continue }
              for column in 0..<o.windowWidth {
                let fromX = x * o.right - o[16] + column
                guard fromX >= 0, fromX < o.width else { continue }
                let pixel = input + (fromY * o.width + fromX) * o.channels + group * channels
                let run = weights + (row * o.windowWidth + column) * 8 * channels
                for channel in 0..<channels {
                  let eight = UnsafeRawPointer(run + 8 * channel).loadUnaligned(as: SIMD8<Float>.self)
                  sums += eight * pixel[channel]
                }
              }
            }
            let result = output + (y * o.outWidth + x) * o.filters + group * filters + 8 * block
            for lane in 0..<min(8, filters - 8 * block) { result[lane] = sums[lane] }
          }
        }
      }

      /// A convolution of every channel by itself.
      private static func multiplyChannelwise(
        _ o: Operation,
        _ input: UnsafeMutablePointer<Float>,
        _ output: UnsafeMutablePointer<Float>,
        _ y: Int,
        _ x: Int
      ) {
        let result = output + (y * o.outWidth + x) * o.channels
        for channel in 0..<o.channels { result[channel] = numbers[o[19] + channel] }
        for row in 0..<o.windowHeight {
          let fromY = y * o.down - o[15] + row
          guard fromY >= 0, fromY < o.height else { continue }
          for column in 0..<o.windowWidth {
            let fromX = x * o.right - o[16] + column
            guard fromX >= 0, fromX < o.width else { continue }
            let pixel = input + (fromY * o.width + fromX) * o.channels
            let place = (row * o.windowWidth + column) * ((o.channels + 7) / 8 * 8)
            let factors = numbers + o[18] + place
            for channel in 0..<o.channels { result[channel] += factors[channel] * pixel[channel] }
          }
        }
      }

      private static func pool(
        _ o: Operation,
        _ input: UnsafeMutablePointer<Float>,
        _ output: UnsafeMutablePointer<Float>,
        _ y: Int,
        _ x: Int
      ) {
        for channel in 0..<o.channels {
          var (largest, sum) = (-Float.infinity, Float(0))
          for row in 0..<o.windowHeight {
            for column in 0..<o.windowWidth {
              let place = (y * o.down + row) * o.width + x * o.right + column
              let value = input[place * o.channels + channel]
              if value > largest || value != value { largest = value }
              sum += value
            }
          }
          output[(y * o.outWidth + x) * o.channels + channel] =
            o.kind == 3 ? largest : sum / Float(o.windowHeight * o.windowWidth)
        }
      }

      private static func activate(_ x: Float, _ function: Int) -> Float {
        switch function {
        case 1: x < 0 ? 0 : x
        case 2: tanhf(x)
        case 3: 1 / (1 + expf(-x))
        case 4: x * 0.5 * (1 + erff(x * 0.70710678))
        case 5: x / (1 + expf(-x))
        case 6: x > 0 ? x : expm1f(x)
        case 7: x >= 0 ? x : 0.01 * x
        case 8: x > 20 ? x : log1pf(expf(x))
        case 10: 0.5 * erfcf(x * -0.70710678)
        case 9: x * min(max(x + 3, 0), 6) / 6
        default: x
        }
      }

      private static func finish(
        _ logits: UnsafeMutablePointer<Float>,
        _ output: UnsafeMutablePointer<Float>
      ) {
        if ending == 2 {
          output[0] = 1 / (1 + expf(logits[0]))
          output[1] = 1 / (1 + expf(-logits[0]))
          return
        }
        for i in 0..<logitCount { output[i] = logits[i] }
        let count = ending == 0 ? 0 : logitCount / (ending == 1 ? 1 : ending == 3 ? 3 : 2)
        if count > 0 { normalize(logits, count, output) }
        if ending < 3 { return }
        for i in (ending == 3 ? 2 * count : count)..<logitCount { output[i] = expf(logits[i]) }
      }

      private static func normalize(
        _ logits: UnsafeMutablePointer<Float>,
        _ count: Int,
        _ output: UnsafeMutablePointer<Float>
      ) {
        var (largest, sum) = (logits[0], Float(0))
        for i in 0..<count { largest = max(largest, logits[i]) }
        for i in 0..<count {
          output[i] = expf(logits[i] - largest)
          sum += output[i]
        }
        for i in 0..<count { output[i] /= sum }
      }

      /// log P of a bit by its logit.
      private static func logProbability(_ x: Float, _ logit: Float) -> Float {
        x * logit - max(logit, 0) - log1pf(expf(-abs(logit)))
      }

      /// log q of a NADE: hidden units know the inputs before each.
      private static func density(
        _ o: Operation,
        _ input: UnsafeMutablePointer<Float>,
        _ sums: UnsafeMutablePointer<Float>
      ) -> Float {
        let (count, hidden) = (o.channels, o.hidden)
        var weights = numbers + o[18]
        var outputs = weights + count * hidden
        let biases = numbers + o[19]
        let visible = biases + hidden
        var total = 0.0
        for unit in 0..<hidden { sums[unit] = biases[unit] }
        for step in 0..<count {
          var logit = visible[step]
          for unit in 0..<hidden { logit += activate(sums[unit], o.activation) * outputs[unit] }
          let x = input[Int(visible[count + step])]
          total += Double(logProbability(x, logit))
          for unit in 0..<hidden { sums[unit] += x * weights[unit] }
          weights += hidden
          outputs += hidden
        }
        return Float(total)
      }

    """# + swiftSequenceFunctions + swiftDensityFunctions + #"""
        private nonisolated(unsafe) static let numbers: UnsafePointer<Float> = {
          let memory = UnsafeMutablePointer<Float>.allocate(capacity: numberCount)
          text.withUTF8Buffer { text in
            var (word, digits) = (UInt32(0), 0)
            for byte in text where byte > 32 {
              word = word << 4 | UInt32(byte < 58 ? byte - 48 : byte - 87)
              digits += 1
              if digits % 8 == 0 { memory[digits / 8 - 1] = Float(bitPattern: word) }
            }
          }
          return UnsafePointer(memory)
        }()

      """#
}
