// Samples for a model of integers that nobody recorded: random elements, extremes, and smooth ones.

import FixedPoint
import Foundation
import IntegerExecution
import ModelGraph
import Tensors

struct GeneratedElements {
  private let inputs: [Input]
  private var generator: SeededGenerator

  /// What the elements of an input are made of: bytes, of which a float is made by an encoding.
  private struct Input {
    let count: Int
    let element: IntegerEncoding.Element?
    /// Of a float input: what it is rounded to first; nil: nothing is known of it.
    let encoding: ByteEncoding?

    init(_ id: ValueID, in model: Graph) {
      (count, element) = (model[id].shape.elementCount, model[id].integers?.element)
      let reader = model.nodes.first { $0.operation == .requantize && $0.inputs == [id] }
      encoding = reader.flatMap { ByteEncoding(anyByte: model[$0.output].integers) }
    }
  }

  init(_ model: Graph, seed: UInt64) {
    inputs = model.sampleInputs.map { Input($0, in: model) }
    generator = SeededGenerator(seed: seed)
  }

  /// Of each sample the elements of every input; the kinds take turns.
  func samples(_ count: Int) -> [[IntegerElements]] {
    var copy = self
    return copy.next(count)
  }

  /// The ones that come next.
  mutating func next(_ count: Int) -> [[IntegerElements]] {
    (0..<count).map { sample in inputs.map { elements($0, kind: sample % 4) } }
  }

  private mutating func elements(_ input: Input, kind: Int) -> IntegerElements {
    let bytes = bytes(input.count, kind: kind)
    switch input.element {
    case .int8?: return .int8(bytes)
    case .uint8?: return .uint8(bytes.map { UInt8(bitPattern: $0) ^ 128 })
    case .int16?: return .int16(bytes.map { 256 * Int16($0) })
    case .int32?, nil: return .float32(bytes.map { number($0, input.encoding) })
    }
  }

  /// Somewhere about the number that a byte stands for, and now and then beyond what any does.
  private mutating func number(_ byte: Int8, _ encoding: ByteEncoding?) -> Float {
    let step = encoding?.scale ?? 1 / 64
    let middle = encoding?.number(byte) ?? step * Float(byte)
    switch Int.random(in: 0..<16, using: &generator) {
    case 0: return middle + step / 2
    case 1: return middle - step / 2
    case 2: return middle + step * Float.random(in: -600...600, using: &generator)
    default: return middle + step * Float.random(in: -0.6...0.6, using: &generator)
    }
  }

  private mutating func bytes(_ count: Int, kind: Int) -> [Int8] {
    switch kind {
    case 0, 1: (0..<count).map { _ in Int8.random(in: -128...127, using: &generator) }
    case 2:
      // All low, all high, or either.
      switch Int.random(in: 0..<3, using: &generator) {
      case 0: [Int8](repeating: -128, count: count)
      case 1: [Int8](repeating: 127, count: count)
      default: (0..<count).map { _ in Bool.random(using: &generator) ? 127 : -128 }
      }
    default: smooth(count)
    }
  }

  private mutating func smooth(_ count: Int) -> [Int8] {
    let period = Double.random(in: 3...200, using: &generator)
    let (height, middle) = (
      Double.random(in: 1...127, using: &generator), Double.random(in: -60...60, using: &generator)
    )
    return (0..<count).map { Int8(clamping: Int(middle + height * sin(Double($0) / period))) }
  }
}
