// How many answers are those of a model of int8, as integers: what `equal` of a report is.

import Blob
import Edge
import IntegerExecution
import ModelGraph

/// How many output elements of a blob are its model's; of float32 to the last bit.
package struct Equality: Equatable, Sendable {
  package private(set) var samples = 0
  /// Of all outputs of all samples.
  package private(set) var elements = 0
  package private(set) var differing = 0
  /// Samples of which every element is equal.
  package private(set) var equalSamples = 0
  /// By how much a byte is off at most.
  package private(set) var farthest = 0

  package init() {}

  package mutating func add(_ other: Equality) {
    samples += other.samples
    elements += other.elements
    differing += other.differing
    equalSamples += other.equalSamples
    farthest = max(farthest, other.farthest)
  }

  /// Takes in one sample.
  ///
  /// - Parameters:
  ///   - expected: the elements of each output.
  ///   - found: the same, as many bytes.
  package mutating func add(expected: [IntegerElements], found: [[UInt8]]) {
    var differing = 0
    for (elements, found) in zip(expected, found) {
      let (bytes, width) = (elements.bytes, elements.bytesEach)
      differing += stride(from: 0, to: bytes.count, by: width).reduce(0) {
        $0 + (bytes[$1..<$1 + width] == found[$1..<$1 + width] ? 0 : 1)
      }
      self.elements += elements.count
      farthest = max(farthest, elements.distance(from: found))
    }
    samples += 1
    self.differing += differing
    if differing == 0 { equalSamples += 1 }
  }

  /// With samples in numbers, which are looked at as elements of the model's outputs.
  ///
  /// - Parameters:
  ///   - expected: what the model answers, each output row-major by sample.
  ///   - found: what the blob does.
  package func adding(
    expected: [[Float]], found: [[Float]], of model: Graph, samples count: Int
  ) -> Equality {
    var equality = self
    for sample in 0..<count {
      func elements(_ numbers: [[Float]]) -> [IntegerElements] {
        zip(model.outputs, numbers).map { output, numbers in
          let width = model[output].shape.elementCount
          return IntegerElements(
            of: Array(numbers[sample * width..<(sample + 1) * width]), in: model[output])
        }
      }
      equality.add(expected: elements(expected), found: elements(found).map(\.bytes))
    }
    return equality
  }

  /// Share of the elements that are equal, 0 to 1.
  package var share: Double { elements == 0 ? 1 : Double(elements - differing) / Double(elements) }
}

extension IntegerElements {
  /// The largest difference of a byte from another; 0 of what is of words.
  fileprivate func distance(from bytes: [UInt8]) -> Int {
    switch self {
    case .int8(let own): zip(own, bytes).reduce(0) { max($0, abs(Int($1.0) - Int(Int8(bitPattern: $1.1)))) }
    case .uint8(let own): zip(own, bytes).reduce(0) { max($0, abs(Int($1.0) - Int($1.1))) }
    case .float32, .int32, .int16: 0
    }
  }
}

extension EdgeTensor {
  /// Whether elements of it are a value's: of one type, and stand for the same numbers.
  package func holdsElements(of value: Value) -> Bool {
    guard let integers = value.integers else { return type == .float32 }
    let isOfType: Bool =
      switch integers.element {
      case .int8: type == .int8
      case .uint8: type == .uint8
      case .int32: type == .int32
      case .int16: false
      }
    return isOfType && integers.scales == [scale] && integers.zeroPoints == [Int32(zeroPoint)]
  }
}
