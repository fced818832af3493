import Blob
import Compiler
import Datasets
import Delivery
import Edge
import Evolution
import Foundation
import Intake
import Tensors
import Testing
import Trials
import Verification

/// What a blob tells of itself, from a compilation to a device.
struct ProofTests {
  private static func blob(_ bench: Workbench, _ name: String = "out.kgl") throws -> [UInt8] {
    Array(try bench.bytes(name))
  }

  @Test(arguments: [ActivationType.float32, .int8])
  func aBlobProvesItself(activations: ActivationType) throws {
    let bench = try Workbench()
    var options = try bench.options()
    (options.selfTest, options.activations) = (3, activations)
    options.test = DataOptions(path: "random:50")
    let report = try bench.compile(options)
    let bytes = try Self.blob(bench)
    let model = try BlobReader.read(bytes)
    let provenance = try #require(try model.provenance())
    #expect(provenance.toolVersion == ToolVersion.text)
    #expect(provenance.teacher?.count == 16 && provenance.data?.count == 16)
    let divergence = try #require(provenance.divergence)
    #expect(divergence.kind == .distribution && divergence.samples == 50)
    #expect(divergence.mean > 0 && divergence.halfWidth > 0)
    #expect(divergence.mean == report.divergence?.mean)
    #expect(try model.selfTest()?.samples.count == 3)
    try EdgeRuntime(bytes).selfTest()
    let plain = try BlobWriter.replacing(ancillary: [provenance.section], in: bytes)
    #expect(report.blobBytes == bytes.count && report.selfTestBytes == bytes.count - plain.count)
    #expect(report.ratio == Double(4 * report.teacherParameters) / Double(plain.count))
    try bench.compile(options, to: "again.kgl")
    #expect(try Self.blob(bench, "again.kgl") == bytes)
  }

  @Test func aWrongAnswerIsFound() throws {
    let bench = try Workbench()
    var options = try bench.options()
    options.selfTest = 2
    try bench.compile(options)
    let model = try BlobReader.read(Self.blob(bench))
    var test = try #require(try model.selfTest())
    let last = test.samples[1].outputs.count - 2
    test.samples[1].outputs[last] ^= 0x40
    let wrong = try BlobWriter.replacing(ancillary: [test.section], in: Self.blob(bench))
    #expect(throws: RuntimeStatus.selfTest) { try EdgeRuntime(wrong).selfTest() }
    let none = try BlobWriter.replacing(ancillary: [], in: wrong)
    #expect(throws: RuntimeStatus.argument) { try EdgeRuntime(none).selfTest() }
    try Data(wrong).write(to: URL(fileURLWithPath: bench.path("wrong.kgl")))
    func verify(_ name: String) throws -> VerificationReport {
      try Verification.verify(
        blob: bench.path(name), teacher: bench.path("net.onnx"),
        test: DataOptions(path: "random:20"), task: TaskOptions(), threads: 1, seed: 1)
    }
    #expect(
      throws: CompilerError.inFile(path: bench.path("wrong.kgl"), .verification(.runtime(.selfTest)))
    ) { try verify("wrong.kgl") }
    #expect(try verify("out.kgl").selfTestSamples == 2)
    #expect(try verify("out.kgl").text.contains("self-test: 2 samples"))
  }

  @Test func aSelfTestNeedsSamples() throws {
    let bench = try Workbench()
    var options = try bench.options(data: nil)
    (options.sparsity, options.selfTest) = (0, 4)
    let without = CompilerError.usage(reason: "--self-test needs samples: give --data")
    #expect(throws: without) {
      try Compilation(options: options, observer: Watcher()).encode(to: bench.path("out.kgl"))
    }
    options.calibration = DataOptions(path: "random:3")
    #expect(throws: CompilerError.usage(
      reason: "--self-test 4 needs as many samples, and there are 3")
    ) {
      try Compilation(options: options, observer: Watcher()).encode(to: bench.path("out.kgl"))
    }
    #expect(!bench.files.contains("out.kgl"))
    options.calibration = DataOptions(path: "random:4")
    _ = try Compilation(options: options, observer: Watcher()).encode(to: bench.path("out.kgl"))
    let model = try BlobReader.read(Self.blob(bench))
    #expect(try model.selfTest()?.samples.count == 4)
    #expect(try #require(try model.provenance()).divergence == nil)
  }

  @Test func inspectionShowsTheProof() throws {
    let bench = try Workbench()
    var options = try bench.options()
    options.selfTest = 2
    try bench.compile(options)
    let report = try Inspection.blob(bench.path("out.kgl"))
    #expect(report.selfTest?.samples == 2 && report.faults.isEmpty)
    #expect(report.selfTest?.bytes == (try BlobLedger(Self.blob(bench)).selfTestBytes))
    #expect(report.provenance?.teacher?.count == 32)
    #expect(report.provenance?.divergence?.kind == "kl")
    let lines = [
      "made by kinglet \(ToolVersion.text) from model ", "divergence (kl) ", "self-test of 2 samples",
    ]
    for words in lines {
      #expect(report.text.contains(words), "\(words)")
    }
    let broken = [BlobAncillary(kind: 128, bytes: [1]), BlobAncillary(kind: 129, bytes: [0])]
    let bytes = try BlobWriter.replacing(ancillary: broken, in: Self.blob(bench))
    try Data(bytes).write(to: URL(fileURLWithPath: bench.path("broken.kgl")))
    let other = try Inspection.blob(bench.path("broken.kgl"))
    #expect(other.provenance == nil && other.selfTest == nil)
    #expect(
      other.faults == [
        "provenance: In ancillary section 0, the section ends within a field.",
        "self-test: In ancillary section 1, the number of samples is 0, which is not within 1 to 255.",
      ])
  }

  @Test func fingerprintsTellSamplesApart() {
    func set(_ values: [Float], _ shape: [Int], labels: [Int]? = nil) -> SampleSet {
      SampleSet(
        [Dataset(samples: Tensor(shape: shape, values: values), labels: labels)],
        elementCounts: [shape.dropFirst().reduce(1, *)])
    }
    let values = (0..<12).map { Float($0) }
    let all = [
      set(values, [3, 4]), set(values, [4, 3]), set(values.reversed(), [3, 4]),
      set(values, [3, 4], labels: [0, 1, 2]), set(values, [3, 4], labels: [0, 1, 1]),
    ].map(Fingerprint.samples)
    #expect(Set(all).count == all.count)
    // hashlib: sha256(struct.pack('<2I12f', 4, 3, *range(12))).digest()[:16]
    #expect(all[0] == [
      0xF7, 0xB8, 0xD0, 0x18, 0xA3, 0x84, 0x4E, 0x32,
      0xCE, 0xB2, 0x37, 0x07, 0x31, 0xE8, 0xB6, 0xD9,
    ])
    #expect(Fingerprint.samples(set(values, [3, 2, 2])) == all[0], "of elements, not axes")
  }

  @Test func theIntervalIsThatOfTheMean() throws {
    let found = try #require(BlobProvenance.Divergence(.distribution, [1, 2, 3, 4]))
    #expect(found.mean == 2.5 && found.samples == 4)
    #expect(abs(found.halfWidth - 1.96 * (Float(5) / 12).squareRoot()) < 1e-6)
    #expect(BlobProvenance.Divergence(.distribution, [1]) == nil)
    #expect(BlobProvenance.Divergence(.distribution, [1, .infinity]) == nil)
    #expect(BlobProvenance.Divergence(.distribution, [1, .nan]) == nil)
  }

  @Test func sourcesReplayTheSelfTestWhereThereIsOne() throws {
    let bench = try Workbench()
    var options = try bench.options()
    for count in [nil, 1] {
      options.selfTest = count
      try bench.compile(options)
      let files = try CFiles.emit(
        blob: bench.path("out.kgl"), to: bench.path("c"), samples: nil, count: 1)
      #expect(files.count == 4)
      let main = String(decoding: try bench.bytes("c/main.c"), as: UTF8.self)
      #expect(main.contains("kgl_self_test(&model, &arena") == (count != nil))
      let switches = String(decoding: try bench.bytes("c/model_config.h"), as: UTF8.self)
      #expect(switches.contains("KGL_SELF_TEST \(count == nil ? 0 : 1)"))
    }
  }
}
