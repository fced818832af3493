import Blob
import Tensors
import Testing

@Suite struct DamageTests {
  @Test(arguments: ValidVector.all)
  func everyTruncationIsRefused(_ vector: ValidVector) throws {
    let bytes = try VectorFiles.read("valid/\(vector.name).kgl")
    for count in 0..<bytes.count {
      #expect(status(of: Array(bytes[..<count])) == "KGL_ERR_TRUNCATED", "\(count) bytes")
    }
  }

  @Test(arguments: ValidVector.all)
  func everyFlippedBitIsRefused(_ vector: ValidVector) throws {
    let bytes = try VectorFiles.read("valid/\(vector.name).kgl")
    for bit in 0..<bytes.count * 8 {
      var damaged = bytes
      damaged[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(status(of: damaged) == expectedStatus(damaged, at: bit / 8), "bit \(bit)")
    }
  }

  /// What the order of checks makes of a flipped bit at byte `place`.
  private func expectedStatus(_ bytes: [UInt8], at place: Int) -> String {
    let fileBytes = (0..<4).reduce(0) { $0 | Int(bytes[8 + $1]) << (8 * $1) }
    return switch place {
    case 0..<4: "KGL_ERR_MAGIC"
    case 4..<6: "KGL_ERR_VERSION"
    case 6 where 20 + 12 * Int(bytes[6]) > bytes.count: "KGL_ERR_TRUNCATED"
    case 8..<12 where fileBytes > bytes.count: "KGL_ERR_TRUNCATED"
    default: "KGL_ERR_CHECKSUM"
    }
  }

  private func status(of bytes: [UInt8]) -> String {
    do throws(BlobError) {
      _ = try BlobReader.read(bytes)
      return "KGL_OK"
    } catch {
      return error.statusName
    }
  }

  /// Any bytes, sealed so that the checks behind the checksums are reached: the reader refuses
  /// them, or finds a model that is sound and comes back when it is written.
  @Test(arguments: ValidVector.all)
  func resealedMutationsNeverCrash(_ vector: ValidVector) throws {
    let bytes = try VectorFiles.read("valid/\(vector.name).kgl")
    var generator = SeededGenerator(seed: 77)
    var accepted = 0
    for trial in 0..<400 {
      let mutated = Mutation.resealed(bytes, from: &generator)
      do throws(BlobError) {
        let model = try BlobReader.read(mutated, unpackedLimit: 1 << 20)
        accepted += 1
        try model.check()
        let ledger = try BlobLedger(mutated)
        #expect(ledger.totalBytes == mutated.count, "trial \(trial)")
        if trial % 8 == 0 {
          let again = try BlobReader.read(try BlobWriter.bytes(for: model))
          #expect(again == model, "trial \(trial)")
        }
      } catch {
        #expect(error.status == -5 || error.status == -6, "trial \(trial): \(error.sentence)")
      }
    }
    #expect(accepted < 400)
  }
}

/// Damage behind intact checksums.
enum Mutation {
  /// Some bytes behind the section table changed, all checksums set right again.
  static func resealed(_ bytes: [UInt8], from generator: inout SeededGenerator) -> [UInt8] {
    var mutated = bytes
    let start = 20 + 12 * Int(bytes[6])
    let planEnd = start + Int(bytes[24]) + Int(bytes[25]) << 8
    // Mostly in the plan, where the fields are.
    let range = Int.random(in: 0..<4, using: &generator) > 0 ? start..<planEnd : start..<bytes.count
    for _ in 0..<Int.random(in: 1...3, using: &generator) {
      let place = Int.random(in: range, using: &generator)
      switch Int.random(in: 0..<3, using: &generator) {
      case 0: mutated[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      case 1: mutated[place] = UInt8.random(in: 0...255, using: &generator)
      default: mutated[place] &+= 1
      }
    }
    return reseal(mutated)
  }

  static func reseal(_ bytes: [UInt8]) -> [UInt8] {
    var sealed = bytes
    let table = 20 + 12 * Int(bytes[6])
    var start = table
    for entry in stride(from: 20, to: table, by: 12) {
      let count = (0..<4).reduce(0) { $0 | Int(bytes[entry + 4 + $1]) << (8 * $1) }
      sealed.replaceSubrange(
        entry + 8..<entry + 12, with: little(Int(crc32(Array(bytes[start..<start + count]))), 4))
      start += count
    }
    let seal = crc32(Array(sealed[..<16] + sealed[20..<table]))
    sealed.replaceSubrange(16..<20, with: little(Int(seal), 4))
    return sealed
  }
}
