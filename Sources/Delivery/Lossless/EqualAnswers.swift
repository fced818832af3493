// Byte for byte: a blob in the C runtime against a model of int8 in its exact meaning.

import Blob
import Compiler
import Edge
import Execution
import Foundation
import Intake
import IntegerExecution
import ModelGraph
import Verification

/// How many answers of a blob are those of its model, as integers; of float32 to the last bit.
struct Equality: Equatable {
  var samples = 0
  /// Of all outputs of all samples.
  var elements = 0
  var differing = 0
  /// Samples of which every element is equal.
  var equalSamples = 0

  mutating func add(_ other: Equality) {
    samples += other.samples
    elements += other.elements
    differing += other.differing
    equalSamples += other.equalSamples
  }

  var share: Double { elements == 0 ? 1 : Double(elements - differing) / Double(elements) }
}

enum EqualAnswers {
  /// - Parameter samples: of each the elements of every input of the model.
  static func measure(
    blob: [UInt8], model: Graph, samples: [[IntegerElements]], threads: Int
  ) throws(CompilerError) -> Equality {
    let workers = try verifying { () throws(VerificationError) in try EdgeWorkers(blob, threads: threads) }
    let wanted = try answers(of: model, samples, threads: threads)
    let inputs = model.inputs.indices.map { input in samples.flatMap { $0[input].bytes } }
    let given = workers.inputs.map { $0.bytes * samples.count }
    guard inputs.map(\.count) == given else {
      throw .unfit(reason: "the blob takes other inputs than the model")
    }
    let answers = try verifying { () throws(VerificationError) in
      try workers.run(elements: inputs, count: samples.count)
    }
    var equality = Equality(samples: samples.count)
    for (sample, expected) in wanted.enumerated() {
      var differing = 0
      for (output, elements) in expected.enumerated() {
        let bytes = elements.bytes
        let found = Array(answers[output][sample * bytes.count..<(sample + 1) * bytes.count])
        let width = elements.bytesEach
        differing += stride(from: 0, to: bytes.count, by: width).reduce(0) {
          $0 + (bytes[$1..<$1 + width] == found[$1..<$1 + width] ? 0 : 1)
        }
        equality.elements += elements.count
      }
      equality.differing += differing
      if differing == 0 { equality.equalSamples += 1 }
    }
    return equality
  }

  /// What the model answers to each sample.
  static func answers(
    of model: Graph, _ samples: [[IntegerElements]], threads: Int
  ) throws(CompilerError) -> [[IntegerElements]] {
    let executor: IntegerExecutor
    do { executor = try IntegerExecutor(model) } catch { throw .unfit(reason: error.sentence) }
    let results = Results(samples.count)
    DispatchQueue.concurrentPerform(iterations: max(1, min(threads, samples.count))) { worker in
      for sample in stride(from: worker, to: samples.count, by: max(1, min(threads, samples.count))) {
        results[sample] = Result { try executor.outputs(of: samples[sample]) }
      }
    }
    return try results.all()
  }

  /// Results by sample, each written by one worker.
  private final class Results: @unchecked Sendable {
    private let results: UnsafeMutableBufferPointer<Result<[IntegerElements], any Error>>

    init(_ count: Int) {
      results = .allocate(capacity: count)
      results.initialize(repeating: .success([]))
    }

    deinit {
      results.deinitialize()
      results.deallocate()
    }

    subscript(sample: Int) -> Result<[IntegerElements], any Error> {
      get { results[sample] }
      set { results[sample] = newValue }
    }

    func all() throws(CompilerError) -> [[IntegerElements]] {
      var all: [[IntegerElements]] = []
      for result in results {
        switch result {
        case .success(let answer): all.append(answer)
        case .failure(let error):
          throw .unfit(reason: (error as? IntegerExecutionError)?.sentence ?? "\(error)")
        }
      }
      return all
    }
  }
}

extension IntegerElements {
  /// As they lie in memory, little-endian.
  var bytes: [UInt8] {
    switch self {
    case .int8(let elements): elements.map { UInt8(bitPattern: $0) }
    case .uint8(let elements): elements
    case .float32(let elements): elements.withUnsafeBytes { Array($0) }
    }
  }

  /// Bytes of an element.
  var bytesEach: Int {
    switch self {
    case .int8, .uint8: 1
    case .float32: 4
    }
  }
}
