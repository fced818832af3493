import Blob
import Tensors
import Testing

/// Every vector through the C reader, by the statuses and outputs that lie beside it.
@Suite struct RuntimeVectorTests {
  @Test(arguments: ValidVector.all)
  func theRuntimeComputesTheGoldenOutput(_ vector: ValidVector) throws {
    let session = RuntimeSession(try VectorFiles.read("valid/\(vector.name).kgl"))
    try #require(session.status == 0)
    let input = VectorFiles.floats(try VectorFiles.read("valid/\(vector.name).input"))
    let golden = VectorFiles.floats(try VectorFiles.read("valid/\(vector.name).output"))
    let (status, outputs) = session.run(split(input, vector.model.inputs.map(\.tensor.count)))
    #expect(status == 0)
    let expected = split(golden, vector.model.outputs.map(\.count))
    for (index, (found, expected)) in zip(outputs, expected).enumerated() {
      #expect(relativeDifference(found, expected) <= 1e-4, "output \(index)")
    }
    #expect(outputs.count == expected.count)
  }

  @Test(arguments: InvalidVector.all)
  func theRuntimeRefusesItWithTheSameStatus(_ vector: InvalidVector) throws {
    let lines = String(
      decoding: try VectorFiles.read("invalid/\(vector.name).status"), as: UTF8.self
    ).split(separator: "\n")
    let session = RuntimeSession(try VectorFiles.read("invalid/\(vector.name).kgl"))
    var status = session.status
    if lines.count == 2 && status == 0 { status = session.run([[1, 2, 3, 4]]).status }
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
      #expect(found == expected || found == 0 && foundOnlyInLanes(mutated), "trial \(trial)")
    }
  }

  private func swiftStatus(_ bytes: [UInt8]) -> Int32 {
    do throws(BlobError) {
      _ = try BlobReader.read(bytes)
      return 0
    } catch {
      return error.status
    }
  }

  private func foundOnlyInLanes(_ bytes: [UInt8]) -> Bool {
    do throws(BlobError) {
      _ = try BlobReader.read(bytes)
      return false
    } catch {
      return switch error {
      case .invalid(_, .coding), .invalid(_, .notFinite), .invalid(_, .tooLarge): true
      default: false
      }
    }
  }

  private func split(_ numbers: [Float], _ counts: [Int]) -> [[Float]] {
    var start = 0
    return counts.map { count in
      start += count
      return Array(numbers[start - count..<start])
    }
  }

  private func relativeDifference(_ found: [Float], _ expected: [Float]) -> Float {
    let largest = expected.reduce(0) { max($0, abs($1)) }
    let difference = zip(found, expected).reduce(0) { max($0, abs($1.0 - $1.1)) }
    guard found.count == expected.count, found.allSatisfy({ $0.isFinite }) else { return .infinity }
    return difference == 0 ? 0 : difference / largest
  }
}
