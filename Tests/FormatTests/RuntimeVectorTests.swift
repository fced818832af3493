import Blob
import Tensors
import Testing

/// Every vector through the C reader, by the statuses and outputs that lie beside it.
@Suite struct RuntimeVectorTests {
  @Test(arguments: ValidVector.all)
  func theRuntimeComputesTheGoldenOutput(_ vector: ValidVector) throws {
    let session = RuntimeSession(try VectorFiles.read("valid/\(vector.name).kgl"))
    try #require(session.status == 0)
    let model = vector.model
    let input = try VectorFiles.read("valid/\(vector.name).input")
    let golden = try VectorFiles.read("valid/\(vector.name).output")
    let tensors = (0..<vector.frameCount).flatMap { _ in model.inputs.map(\.tensor) }
    let (status, outputs) = session.run(frames: split(input, tensors))
    #expect(status == 0)
    let answers = (0..<vector.frameCount).flatMap { _ in model.outputs }
    let expected = try #require(VectorFiles.elements(answers, golden))
    let found = try #require(VectorFiles.elements(answers, outputs.flatMap(\.self)))
    for (index, (found, expected)) in zip(found, expected).enumerated() {
      let tolerance: Float = answers[index].type == .float32 ? 1e-4 : 0
      #expect(relativeDifference(found, expected) <= tolerance, "output \(index)")
    }
  }

  @Test(arguments: InvalidVector.all)
  func theRuntimeRefusesItWithTheSameStatus(_ vector: InvalidVector) throws {
    let lines = String(
      decoding: try VectorFiles.read("invalid/\(vector.name).status"), as: UTF8.self
    ).split(separator: "\n")
    let session = RuntimeSession(try VectorFiles.read("invalid/\(vector.name).kgl"))
    var status = session.status
    if lines.count == 2 && status == 0 { status = session.run([VectorFiles.bytes([1, 2, 3, 4])]).status }
    #expect(status == vector.error.status)
    #expect(lines.first.map(String.init) == vector.error.statusName)
  }

  @Test(arguments: ValidVector.all)
  func bothReadersSayTheSameOfEveryFlippedBit(_ vector: ValidVector) throws {
    let bytes = try VectorFiles.read("valid/\(vector.name).kgl")
    for bit in 0..<bytes.count * 8 {
      var damaged = bytes
      damaged[bit / 8] ^= 1 << UInt8(bit % 8)
      let status = RuntimeSession(damaged).status
      #expect(status != 0 && status == swiftStatus(damaged), "bit \(bit)")
    }
    for count in 0..<bytes.count {
      #expect(RuntimeSession(Array(bytes[..<count])).status == -1, "\(count) bytes")
    }
  }

  /// What the Swift reader takes, the C reader opens; what it refuses, the C reader refuses, or
  /// opens without having looked into lanes.
  @Test(arguments: ValidVector.all)
  func bothReadersAgreeOnResealedMutations(_ vector: ValidVector) throws {
    let bytes = try VectorFiles.read("valid/\(vector.name).kgl")
    var generator = SeededGenerator(seed: 78)
    for trial in 0..<400 {
      let mutated = Mutation.resealed(bytes, from: &generator)
      let (found, expected) = (RuntimeSession(mutated).status, swiftStatus(mutated))
      #expect(
        found == expected || found == 0 && foundOnlyInLanes(mutated),
        "trial \(trial): \(swiftError(mutated)?.sentence ?? "read")")
    }
  }

  private func swiftStatus(_ bytes: [UInt8]) -> Int32 { swiftError(bytes)?.status ?? 0 }

  private func swiftError(_ bytes: [UInt8]) -> BlobError? {
    do throws(BlobError) {
      _ = try BlobReader.read(bytes)
      return nil
    } catch {
      return error
    }
  }

  private func foundOnlyInLanes(_ bytes: [UInt8]) -> Bool {
    switch swiftError(bytes) {
    case .invalid(_, .coding), .invalid(_, .notFinite), .invalid(_, .tooLarge): true
    default: false
    }
  }

  private func split(_ bytes: [UInt8], _ tensors: [BlobTensor]) -> [[UInt8]] {
    var start = 0
    return tensors.map { tensor in
      let count = tensor.count * tensor.elementBytes
      start += count
      return Array(bytes[start - count..<start])
    }
  }

  private func relativeDifference(_ found: [Float], _ expected: [Float]) -> Float {
    let largest = expected.reduce(0) { max($0, abs($1)) }
    let difference = zip(found, expected).reduce(0) { max($0, abs($1.0 - $1.1)) }
    guard found.count == expected.count, found.allSatisfy({ $0.isFinite }) else { return .infinity }
    return difference == 0 ? 0 : difference / largest
  }
}
