// `kinglet verify` against a model of int8: how many answers are equal, as integers.

import Blob
import Compiler
import Edge
import Foundation
import Intake
import IntegerExecution
import ModelGraph
import ModelLoading
import Tensors
import Verification

/// What `verify` found of a blob whose teacher is a model of int8.
public struct EqualityReport: Codable, PrintableReport, Sendable {
  public static let reportName = "equality"

  /// Bytes of the whole blob.
  public var blobBytes: Int
  /// Bytes of the model's file.
  public var teacherBytes: Int
  /// How many samples were answered.
  public var samples: Int
  /// Of all outputs of all samples.
  public var elements: Int
  /// Share of output elements that are equal as integers, 0 to 1. What a blob that was compiled from the model
  /// answers is looked at as the elements of the model's outputs.
  public var equal: Double
  /// Whether the blob was encoded from a model of int8: all of them have to be equal then.
  public var exact: Bool
  /// Samples of which every element is equal.
  public var equalSamples: Int
  /// Bytes of RAM that the C runtime asks for.
  public var arenaBytes: Int
  /// Samples of the blob's self-test, answered as it expects; nil where it has none.
  public var selfTestSamples: Int?
  /// Bytes that are kept from one frame to the next: the samples were frames of one stream. nil: none are.
  public var stateBytes: Int?

  public var text: String {
    let differing = elements - Int((equal * Double(elements)).rounded())
    let answers = equal == 1
      ? "every one of \(elements) output elements is equal"
      : "\(differing) of \(elements) output elements differ, \(equal.percent) are equal"
    return "\(samples) \(stateBytes == nil ? "samples" : "frames of one stream"): \(answers)\n\(blobBytes) bytes of \(teacherBytes); arena \(arenaBytes) bytes"
      + (selfTestSamples.map { "\nself-test: \($0) samples, as expected" } ?? "")
  }
}

extension Lossless {
  /// Whether samples are to be generated: `random:N`.
  public static func areGenerated(_ text: String) -> Bool { text.hasPrefix("random:") }

  /// How many samples `random:N` asks for.
  public static func generatedCount(_ text: String) throws(CompilerError) -> Int {
    guard areGenerated(text), let count = Int(text.dropFirst(7)), (1...1 << 24).contains(count) else {
      throw .usage(reason: "\(text) is not random:N with N from 1 to \(1 << 24)")
    }
    return count
  }

  /// Runs a blob in the C runtime and its teacher in its exact integers, on generated samples: random
  /// elements, extremes and smooth ones in turn.
  ///
  /// - Parameter anyTeacher: whether the teacher may be another model than the blob's.
  public static func verify(
    blob path: String, teacher: String, axes: ModelAxes = [:], samples count: Int, threads: Int, seed: UInt64,
    anyTeacher: Bool
  ) throws(CompilerError) -> EqualityReport {
    let (blob, graph) = try opening { () throws(IntakeError) in
      (try BlobFile.open(path), try Teacher.load(teacher, axes: axes, mayKeepState: true))
    }
    if !anyTeacher { try Verification.check(teacher, axes, of: blob.model, path) }
    let selfTest = try CompilerError.naming(path) { () throws(CompilerError) in
      try verifying { () throws(VerificationError) in try SelfTest.replay(blob) }
    }
    var equality = Equality()
    let stream = graph.states.isEmpty && !blob.model.states.isEmpty ? try Self.stream(of: graph, in: blob.model) : nil
    var answers = try EqualAnswers(
      blob: blob.bytes, model: stream ?? graph, window: stream == nil ? nil : graph, threads: threads)
    // In parts, so that memory does not grow with the number of samples.
    var generated = GeneratedElements(stream ?? graph, seed: seed)
    var left = count + answers.filling
    while left > 0 {
      let samples = generated.next(min(left, 64))
      equality.add(try answers.measure(samples))
      left -= samples.count
    }
    let teacherBytes = try opening { () throws(IntakeError) in try BlobFile.read(teacher) }.count
    let arenaBytes = try verifying { () throws(VerificationError) in
      try EdgeRuntime.opened(blob.bytes).arenaBytes
    }
    return EqualityReport(
      blobBytes: blob.bytes.count, teacherBytes: teacherBytes,
      samples: equality.samples, elements: equality.elements, equal: equality.share, exact: blob.model.isExact,
      equalSamples: equality.equalSamples, arenaBytes: arenaBytes,
      selfTestSamples: selfTest, stateBytes: blob.model.states.isEmpty ? nil : blob.model.stateBytes)
  }

  /// A model that looks at a window, as the network that takes of it what a blob does.
  static func stream(of window: Graph, in blob: BlobModel) throws(CompilerError) -> Graph {
    let inputs = zip(window.inputs.map { window[$0].shape }, blob.inputs.map(\.tensor.shape))
    let axes = inputs.compactMap { StreamAxis(window: $0, frame: $1) }
    guard axes.count == window.inputs.count, axes.count == blob.inputs.count, Set(axes.map(\.axis)).count == 1 else {
      throw .unfit(
        reason: "the blob keeps state, and takes \(blob.inputs.map(\.tensor.shape)), which are no frames of the "
          + "model's \(window.inputs.map { window[$0].shape }): it is not made from it")
    }
    do { return try window.streamed(along: axes[0].axis, hop: axes[0].hop) } catch { throw .unfit(reason: error.sentence) }
  }
}

extension StreamAxis {
  /// Along which axis of one sample frames are parts of windows; nil: along none.
  fileprivate init?(window: [Int], frame: [Int]) {
    let axes = zip(window, frame).enumerated().filter { $0.element.0 != $0.element.1 }
    guard window.count == frame.count, axes.count == 1 else { return nil }
    self.init(axis: axes[0].offset, hop: frame[axes[0].offset])
  }
}
