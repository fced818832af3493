import Blob
import Emulation
import Tensors

/// A plan of one step between inputs and an output, dealt out one behind the other.
struct OneStep {
  /// In the order of the arena: operands, then the output.
  var inputs: [BlobTensor] = []
  var output: BlobTensor
  private var words = 0

  init(_ inputs: [(BlobElementType, [Int])], to output: (BlobElementType, [Int])) {
    self.output = BlobTensor(place: 0, shape: [])
    for (type, shape) in inputs { self.inputs.append(tensor(type, shape)) }
    self.output = tensor(output.0, output.1)
  }

  private mutating func tensor(_ type: BlobElementType, _ shape: [Int]) -> BlobTensor {
    let tensor = BlobTensor(place: words, shape: shape, type: type)
    words += type.isOfWords ? tensor.count : (tensor.count + 3) / 4
    return tensor
  }

  var x: Int { inputs[0].place }
  var y: Int { output.place }

  func model(_ form: BlobIntegerStep.Form) -> BlobModel {
    let step = BlobIntegerStep(
      form, xIsSigned: inputs.first?.type == .int8, yIsSigned: output.type == .int8,
      bIsSigned: inputs.count > 1 && inputs[1].type == .int8)
    return BlobModel(
      arenaBytes: 4 * words, inputs: inputs.map { BlobInput(tensor: $0) }, outputs: [output],
      steps: [.integer(step)])
  }

  /// The output for these elements.
  func run(_ form: BlobIntegerStep.Form, _ elements: [[Int32]]) throws -> [Int32] {
    try IntegerEmulator(model(form)).outputs(of: elements)[0]
  }

  /// Random elements of the inputs, the ends of their range often among them.
  func elements(_ generator: inout SeededGenerator) -> [[Int32]] {
    inputs.map { input in
      (0..<input.count).map { _ in
        let range = input.type.range
        return switch Int.random(in: 0..<8, using: &generator) {
        case 0: range.lowerBound
        case 1: range.upperBound
        default: Int32.random(in: range, using: &generator)
        }
      }
    }
  }
}

/// What the page says, in double precision, where that is exact: sums that stay within 32 bits.
enum Page {
  static func finish(_ z: Double, _ type: BlobElementType) -> Int32 {
    let rounded = (z / 64 + 0.5).rounded(.down)
    return Int32(type == .int8 ? min(max(rounded, -128), 127) : min(max(rounded, 0), 255))
  }

  static func rescale(_ sum: Double, _ rescale: BlobRescale) -> Double {
    let power = Double(1 << (rescale.shift + rescale.exponent))
    return (sum * Double(rescale.multiplier) * power / 0x1p32).rounded(.down)
  }

  static func term(_ element: Int32, _ factor: Int) -> Double {
    (Double(element) * Double(factor) / 256).rounded(.down)
  }
}

/// The types of x and y in all pairs.
let typePairs: [(BlobElementType, BlobElementType)] = [
  (.uint8, .uint8), (.uint8, .int8), (.int8, .uint8), (.int8, .int8),
]
