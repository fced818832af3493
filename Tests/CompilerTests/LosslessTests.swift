import Blob
import Compiler
import Delivery
import Die
import Edge
import Foundation
import Testing
import TestSupport

/// Models of int8 to blobs: what the C runtime answers is what TensorFlow Lite Micro answered.
struct LosslessTests {
  /// A file, samples one after the other, and the answers to them.
  struct Reference: Decodable {
    let model: Data
    let samples: Data
    let answers: Data
  }

  private static let references: [String: Reference] = {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("TFLM/operators.json")
    let data = (try? Data(contentsOf: file)) ?? Data()
    return (try? JSONDecoder().decode([String: Reference].self, from: data)) ?? [:]
  }()

  @Test(arguments: references.keys.sorted())
  func aBlobAnswersAsTheReferenceDoes(name: String) throws {
    let reference = try #require(Self.references[name])
    let folder = try TemporaryFolder()
    let (model, blob) = (folder.path + "/m.tflite", folder.path + "/m.kgl")
    try reference.model.write(to: URL(fileURLWithPath: model))
    #expect(try Lossless.encode(model, to: blob, options: LosslessOptions()).checkedSamples == 20)
    let runtime = try EdgeRuntime([UInt8](Data(contentsOf: URL(fileURLWithPath: blob))))
    let (given, wanted) = (runtime.inputs.map(\.bytes), runtime.outputs.map(\.bytes))
    let count = reference.samples.count / given.reduce(0, +)
    #expect(count > 0 && reference.answers.count == count * wanted.reduce(0, +))
    for sample in 0..<count {
      let answers = try runtime.run(parts(of: reference.samples, sample, given))
      #expect(answers == parts(of: reference.answers, sample, wanted))
    }
  }

  /// A blob's own file of int8 answers as the blob does, and a blob of that file again; what a blob cannot say is
  /// refused by the step.
  @Test func blobsAreExportedAsTheyAnswer() throws {
    let folder = try TemporaryFolder()
    let (model, blob, file, again) = (
      folder.path + "/m.tflite", folder.path + "/m.kgl", folder.path + "/out.tflite", folder.path + "/again.kgl"
    )
    var exported = 0
    // One of the two that there are of each operator.
    for (name, reference) in Self.references where name.hasSuffix("1") {
      try reference.model.write(to: URL(fileURLWithPath: model))
      var options = LosslessOptions()
      options.checks = 1
      _ = try Lossless.encode(model, to: blob, options: options)
      do {
        let report = try NetworkExport.blob(blob, to: file, as: .tflite)
        #expect(report.elements == "int8")
        exported += 1
      } catch {
        #expect(["256 results", "numbers of 16 bits", "keeps state"].contains { error.sentence.contains($0) }, "\(name): \(error.sentence)")
        continue
      }
      _ = try Lossless.encode(file, to: again, options: options)
      for own in [blob, again] {
        let equality = try Lossless.verify(blob: own, teacher: model, samples: 5, threads: 1, seed: 2, anyTeacher: true)
        #expect(equality.equal == 1, "\(name)")
      }
    }
    #expect(exported >= 50)
  }

  /// The bytes of each tensor of one sample, which lie one behind the other.
  private func parts(of data: Data, _ sample: Int, _ sizes: [Int]) -> [[UInt8]] {
    var at = sample * sizes.reduce(0, +)
    return sizes.map { size in
      defer { at += size }
      return [UInt8](data[data.startIndex + at..<data.startIndex + at + size])
    }
  }

  @Test(arguments: Optimization.allCases)
  func layersByTheirCostsAnswerAlike(optimization: Optimization) throws {
    let reference = try #require(Self.references["conv-0"])
    let folder = try TemporaryFolder()
    let (model, blob) = (folder.path + "/m.tflite", folder.path + "/m.kgl")
    try reference.model.write(to: URL(fileURLWithPath: model))
    var options = LosslessOptions()
    options.optimization = optimization
    let report = try Lossless.encode(model, to: blob, options: options)
    #expect(report.checkedSamples == 20 && report.instructions?.target == "cortex-m4f")
    let plain = try Lossless.encode(model, to: blob, options: LosslessOptions())
    #expect(plain.instructions == nil)
    #expect(optimization == .size ? report.blobBytes == plain.blobBytes : report.blobBytes >= plain.blobBytes)
    options.profile = .flat
    #expect(throws: CompilerError.self) { try Lossless.encode(model, to: blob, options: options) }
    (options.profile, options.maxInstructions) = (nil, 1000)
    #expect(throws: CompilerError.self) { try Lossless.encode(model, to: blob, options: options) }
  }

  @Test func aSelfTestIsReplayed() throws {
    let reference = try #require(Self.references["conv-0"])
    let folder = try TemporaryFolder()
    let (model, blob) = (folder.path + "/m.tflite", folder.path + "/m.kgl")
    try reference.model.write(to: URL(fileURLWithPath: model))
    var options = LosslessOptions()
    options.selfTest = 3
    let report = try Lossless.encode(model, to: blob, options: options)
    #expect(report.selfTestBytes > 0)
    let equality = try Lossless.verify(
      blob: blob, teacher: model, samples: 70, threads: 2, seed: 9, anyTeacher: false)
    #expect(equality.equal == 1 && equality.samples == 70 && equality.equalSamples == 70)
    #expect(equality.selfTestSamples == 3)
  }
}
