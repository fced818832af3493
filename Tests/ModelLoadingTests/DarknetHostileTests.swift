import Foundation
import ModelGraph
import Tensors
import TestSupport
import Testing

@testable import ModelLoading

/// No bytes of a configuration or its weights make the reader trap, or take more memory than they stand for.
@Suite struct DarknetHostileTests {
  private static let text = Array(DarknetFiles.small.utf8)

  /// The sentence that refuses a configuration, with weights of as many numbers as it asks for where it is read.
  private func outcome(_ bytes: [UInt8]) -> String? {
    do throws(ModelLoadingError) {
      _ = try DarknetPlan(bytes)
      return nil
    } catch {
      return error.sentence
    }
  }

  @Test func everyTruncationIsReadOrRefused() {
    for count in Self.text.indices {
      if let sentence = outcome(Array(Self.text[..<count])) { #expect(!sentence.isEmpty && !sentence.contains("\n")) }
    }
  }

  @Test func everyByteMayChange() {
    var refusals = 0
    for position in Self.text.indices {
      for value in [0, 0x0A, 0x23, 0x2C, 0x2D, 0x30, 0x39, 0x3D, 0x5B, 0x80, 0xFF] as [UInt8] {
        var changed = Self.text
        changed[position] = value
        if outcome(changed)?.isEmpty == false { refusals += 1 }
      }
    }
    #expect(refusals > Self.text.count)
  }

  /// Words of a configuration in any order, with numbers that are at the ends of types.
  @Test func linesInAnyOrderAreReadOrRefused() {
    let lines = String(decoding: Self.text, as: UTF8.self).split(separator: "\n").map { String($0) }
    let numbers = ["0", "-1", "1", "2", "65536", "16777216", "2147483648", "-9223372036854775808", "1e308", "nan", ""]
    let names = ["filters", "size", "stride", "padding", "groups", "layers", "from", "classes", "num", "mask", "anchors", "output", "stride_x"]
    let types = ["[shortcut]", "[reorg]", "[upsample]", "[connected]", "[softmax]", "[avgpool]", "[region]", "[cost]", "[net]", "[]", "["]
    var random = SeededGenerator(seed: 5)
    var refusals = 0
    for _ in 0..<2000 {
      var changed = lines
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 1..<changed.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: changed.remove(at: place)
        case 1: changed.insert(types[Int.random(in: 0..<types.count, using: &random)], at: place)
        case 2: changed.swapAt(place, Int.random(in: 1..<changed.count, using: &random))
        default:
          let (name, number) = (names.randomElement(using: &random)!, numbers.randomElement(using: &random)!)
          changed.insert("\(name)=\(number)", at: place)
        }
      }
      if outcome(Array(changed.joined(separator: "\n").utf8))?.isEmpty == false { refusals += 1 }
    }
    #expect(refusals > 1000 && refusals < 2000)
  }

  @Test func configurationsOfAnyLengthAreRefusedInTime() {
    let net = "[net]\nwidth=8\nheight=8\nchannels=1\n"
    let many = net + String(repeating: "[dropout]\n", count: DarknetConfiguration.maximumSections + 1)
    #expect(outcome(Array(many.utf8))?.contains("more than 4096 layers are too many") == true)
    let long = net + String(repeating: "#", count: DarknetConfiguration.maximumBytes)
    #expect(outcome(Array(long.utf8))?.contains("bytes is none") == true)
    // Each joins the one before with itself: doubled channels are more than anything holds before long.
    let doubled = net + "[dropout]\n" + String(repeating: "[route]\nlayers=-1,-1\n", count: 80)
    #expect(outcome(Array(doubled.utf8))?.contains("is empty or larger than") == true)
  }

  @Test func everyTruncationOfWeightsIsRefused() throws {
    let weights = DarknetFiles.weights(try DarknetPlan(Self.text).numberCount)
    let folder = try TemporaryFolder()
    let configuration = try folder.write(Self.text, to: "net.cfg")
    for count in weights.indices where count < 40 || count % 61 == 0 {
      _ = try folder.write(Array(weights[..<count]), to: "net.weights")
      #expect(throws: ModelLoadingError.self, "\(count) bytes") { try ModelLoader.load(path: configuration) }
    }
  }

  @Test func bytesOfWeightsMayChange() throws {
    let weights = DarknetFiles.weights(try DarknetPlan(Self.text).numberCount)
    let folder = try TemporaryFolder()
    let configuration = try folder.write(Self.text, to: "net.cfg")
    var random = SeededGenerator(seed: 6)
    for _ in 0..<200 {
      var changed = weights
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        changed[Int.random(in: 0..<weights.count, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
      }
      _ = try folder.write(changed, to: "net.weights")
      if let graph = try? ModelLoader.load(path: configuration).graph {
        #expect(throws: Never.self) { try graph.verify() }
      }
    }
  }
}
