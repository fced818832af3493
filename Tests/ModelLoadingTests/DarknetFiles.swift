import Foundation
import TestSupport

@testable import ModelLoading

/// A configuration and its weights in a folder of their own.
struct DarknetFiles {
  /// A small network of most kinds of sections; its weights hold `small.numbers` numbers.
  static let small = """
    [net]
    # a comment
    width = 4
    height=4
    channels=2
    batch=64
    batch=1

    [convolutional]
    batch_normalize=1
    filters=4
    size=3
    stride=1
    pad=1
    activation=leaky

    [maxpool]
    size=2
    stride=2

    [convolutional]
    filters=8
    size=1
    activation=linear

    [route]
    layers=-1, 1

    [convolutional]
    filters=16
    size=1
    activation=linear

    [yolo]
    mask = 0,1
    anchors = 1,2, 3,4.5
    classes=3
    num=2
    """

  let folder: TemporaryFolder
  let configuration: String

  init(_ text: String, weights: [UInt8]? = nil, named name: String = "net.weights") throws {
    folder = try TemporaryFolder()
    configuration = try folder.write(text: text, to: "net.cfg")
    if let weights { _ = try folder.write(weights, to: name) }
  }

  /// With weights of the right number, all of them a half.
  static func whole(_ text: String) throws -> DarknetFiles {
    try DarknetFiles(text, weights: weights(try DarknetPlan(Array(text.utf8)).numberCount))
  }

  /// Numbers behind a header of version 0.2.
  static func weights(_ count: Int, of number: Float = 0.5) -> [UInt8] {
    header([0, 2, 5, 64, 0]) + [Float](repeating: number, count: count).flatMap { bytes($0.bitPattern) }
  }

  static func header(_ words: [UInt32]) -> [UInt8] { words.flatMap(bytes) }

  private static func bytes(_ word: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }

  func load(weights: String? = nil) throws -> LoadedModel {
    try ModelLoader.load(path: configuration, axes: ModelAxes(weights: weights))
  }

  /// Why it is refused; nil where it is read.
  func refusal(weights: String? = nil) -> String? {
    do throws(ModelLoadingError) {
      _ = try ModelLoader.load(path: configuration, axes: ModelAxes(weights: weights))
      return nil
    } catch {
      return error.sentence
    }
  }
}
